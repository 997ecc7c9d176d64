package dev.tidemark.store;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.NullReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Manifests as JSON, as {@code tidemark-manifest.schema.json} describes them. Written as a stream,
 * since the list of files may be long.
 */
final class ManifestJson {
  /** Of what this version writes; it reads no other. */
  static final int FORMAT = 1;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private ManifestJson() {}

  static void write(Manifest manifest, OutputStream to) throws IOException {
    try (JsonGenerator out = JSON.createGenerator(to).useDefaultPrettyPrinter()) {
      out.writeStartObject();
      out.writeNumberField("manifest", FORMAT);
      out.writeStringField("resource", manifest.resource());
      out.writeStringField("kind", manifest.kind().toString());
      out.writeStringField("task", manifest.task());
      out.writeStringField("run_id", manifest.runId());
      out.writePOJOField("versions", manifest.versions());
      out.writeStringField("definition_hash", manifest.definition().sha256());
      out.writeStringField("as_of", text(manifest.asOf()));
      keys(out, manifest.keys());
      interval(out, manifest.interval());
      times(out, manifest.times());
      inputs(out, manifest.inputs());
      rows(out, manifest);
      out.writePOJOField("settings", manifest.settings());
      checks(out, manifest.checks());
      outputs(out, manifest.outputs());
      out.writeFieldName("definitions");
      out.writeTree(JSON.readTree(manifest.definitions()));
      out.writeEndObject();
    }
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }

  private static void keys(JsonGenerator out, @Nullable KeysFile keys) throws IOException {
    out.writeFieldName("keys");
    if (keys == null) {
      out.writeNull();
      return;
    }
    out.writeStartObject();
    out.writeStringField("location", keys.location());
    out.writeStringField("format", keys.format().name().toLowerCase(Locale.ROOT));
    out.writeEndObject();
  }

  private static void interval(JsonGenerator out, @Nullable Interval interval) throws IOException {
    out.writeFieldName("interval");
    if (interval == null) {
      out.writeNull();
      return;
    }
    out.writeStartObject();
    out.writeStringField("start", text(interval.start()));
    out.writeStringField("end", text(interval.end()));
    out.writeEndObject();
  }

  private static void times(JsonGenerator out, Manifest.@Nullable Times times) throws IOException {
    out.writeFieldName("times");
    if (times == null) {
      out.writeNull();
      return;
    }
    out.writeStartObject();
    out.writeStringField("first", text(times.first()));
    out.writeStringField("last", text(times.last()));
    out.writeEndObject();
  }

  private static void inputs(JsonGenerator out, List<Manifest.Input> inputs) throws IOException {
    out.writeArrayFieldStart("inputs");
    for (Manifest.Input input : inputs) {
      out.writeStartObject();
      out.writeStringField("source", text(input.snapshot().source()));
      out.writeStringField("location", input.snapshot().location());
      out.writeStringField("kind", input.snapshot().kind().toString().toLowerCase(Locale.ROOT));
      out.writeStringField("id", input.snapshot().id());
      out.writeBooleanField("point_in_time", !input.isStatic());
      out.writeArrayFieldStart("files");
      for (Manifest.File file : input.files()) {
        out.writeStartObject();
        out.writeStringField("path", file.file().path());
        out.writeNumberField("bytes", file.file().bytes());
        out.writeStringField("modified", text(file.file().modified()));
        out.writeStringField("sha256", file.sha256());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void rows(JsonGenerator out, Manifest manifest) throws IOException {
    out.writeObjectFieldStart("rows");
    out.writeFieldName("spine");
    out.writePOJO(manifest.spineRows());
    out.writePOJOField("left_out", manifest.leftOut());
    out.writeNumberField("out", manifest.rows().rows());
    out.writeStringField("content_hash", manifest.rows().contentHash());
    out.writeEndObject();
    out.writeArrayFieldStart("columns");
    for (RowsSummary.ColumnNulls column : manifest.rows().columns()) {
      out.writeStartObject();
      out.writeStringField("name", column.name());
      out.writeStringField("type", column.type());
      out.writeNumberField("nulls", column.nulls());
      out.writeFieldName("reasons");
      if (column.reasons().isEmpty()) {
        out.writeNull();
      } else {
        out.writeStartObject();
        for (Map.Entry<NullReason, Long> reason : column.reasons().entrySet()) {
          out.writeNumberField(reason.getKey().toString(), reason.getValue());
        }
        out.writeEndObject();
      }
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void checks(JsonGenerator out, List<Manifest.Check> checks) throws IOException {
    out.writeArrayFieldStart("checks");
    for (Manifest.Check check : checks) {
      out.writeStartObject();
      out.writeStringField("name", check.name());
      out.writeStringField("verdict", check.verdict() ? "passed" : "failed");
      out.writeStringField("detail", check.detail());
      Manifest.Asked asked = check.asked();
      if (asked != null) {
        out.writeStringField("column", asked.column());
        out.writeStringField("severity", asked.severity());
        out.writeStringField("expected", asked.expected());
      }
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void outputs(JsonGenerator out, List<Manifest.Output> outputs) throws IOException {
    out.writeArrayFieldStart("outputs");
    for (Manifest.Output output : outputs) {
      out.writeStartObject();
      out.writeStringField("provider", output.provider());
      out.writeStringField("format", output.format());
      out.writeStringField("table", output.table());
      out.writeStringField("snapshot", output.snapshot());
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException if it is no JSON
   * @throws IllegalArgumentException if it is no manifest, or one of another format
   */
  static Manifest read(InputStream from) throws IOException {
    JsonNode root = JSON.readTree(from);
    JsonNode format = root == null ? null : root.get("manifest");
    if (format == null || !format.isInt()) {
      throw new IllegalArgumentException("it is no manifest of Tidemark");
    }
    if (format.intValue() != FORMAT) {
      throw new IllegalArgumentException(
          "it is a manifest of format %s, and this version reads format %d"
              .formatted(format, FORMAT));
    }
    try {
      return manifest(root);
    } catch (NullPointerException | IllegalArgumentException | java.time.DateTimeException e) {
      throw new IllegalArgumentException("it is not as manifests are: " + e.getMessage(), e);
    }
  }

  private static Manifest manifest(JsonNode root) throws IOException {
    return new Manifest(
        string(root, "resource"),
        Manifest.Kind.valueOf(string(root, "kind").toUpperCase(Locale.ROOT)),
        string(root, "task"),
        string(root, "run_id"),
        strings(must(root, "versions")),
        new Fingerprint(string(root, "definition_hash")),
        JSON.writeValueAsString(must(root, "definitions")),
        instant(root.get("as_of")),
        keys(must(root, "keys")),
        interval(must(root, "interval")),
        times(must(root, "times")),
        inputs(must(root, "inputs")),
        must(must(root, "rows"), "spine").isNull() ? null : root.at("/rows/spine").longValue(),
        longs(must(must(root, "rows"), "left_out")),
        summary(root),
        strings(must(root, "settings")),
        checks(must(root, "checks")),
        outputs(must(root, "outputs")));
  }

  private static JsonNode must(JsonNode in, String field) {
    JsonNode found = in.get(field);
    if (found == null) {
      throw new IllegalArgumentException("no field `%s`".formatted(field));
    }
    return found;
  }

  private static String string(JsonNode in, String field) {
    JsonNode found = must(in, field);
    if (!found.isTextual()) {
      throw new IllegalArgumentException("`%s` is no text".formatted(field));
    }
    return found.textValue();
  }

  private static @Nullable Instant instant(@Nullable JsonNode value) {
    return value == null || value.isNull() ? null : Instant.parse(value.asText());
  }

  private static Instant time(JsonNode in, String field) {
    return Instant.parse(string(in, field));
  }

  private static @Nullable KeysFile keys(JsonNode value) {
    return value.isNull()
        ? null
        : new KeysFile(
            string(value, "location"),
            Location.Format.valueOf(string(value, "format").toUpperCase(Locale.ROOT)));
  }

  private static @Nullable Interval interval(JsonNode value) {
    return value.isNull() ? null : new Interval(time(value, "start"), time(value, "end"));
  }

  private static Manifest.@Nullable Times times(JsonNode value) {
    return value.isNull() ? null : new Manifest.Times(time(value, "first"), time(value, "last"));
  }

  private static List<Manifest.Input> inputs(JsonNode values) {
    List<Manifest.Input> inputs = new ArrayList<>();
    for (JsonNode value : values) {
      List<Manifest.File> files = new ArrayList<>();
      for (JsonNode file : must(value, "files")) {
        files.add(
            new Manifest.File(
                new InputFile(
                    string(file, "path"), must(file, "bytes").longValue(), time(file, "modified")),
                must(file, "sha256").isNull() ? null : string(file, "sha256")));
      }
      inputs.add(
          new Manifest.Input(
              new InputSnapshot(
                  name(string(value, "source")),
                  string(value, "location"),
                  InputSnapshot.Kind.valueOf(string(value, "kind").toUpperCase(Locale.ROOT)),
                  string(value, "id")),
              !must(value, "point_in_time").booleanValue(),
              files));
    }
    return inputs;
  }

  /** {@code kind.name.variant}. */
  private static ResourceName name(String text) {
    List<String> parts = List.of(text.split("\\.", -1));
    Kind kind =
        Arrays.stream(Kind.values())
            .filter(known -> parts.size() == 3 && known.key().equals(parts.get(0)))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no resource: " + text));
    return new ResourceName(kind, parts.get(1), parts.get(2));
  }

  private static RowsSummary summary(JsonNode root) {
    List<RowsSummary.ColumnNulls> columns = new ArrayList<>();
    for (JsonNode column : must(root, "columns")) {
      Map<NullReason, Long> reasons = new LinkedHashMap<>();
      for (NullReason reason : NullReason.values()) {
        JsonNode count = must(column, "reasons").get(reason.toString());
        if (count != null) {
          reasons.put(reason, count.longValue());
        }
      }
      columns.add(
          new RowsSummary.ColumnNulls(
              string(column, "name"),
              string(column, "type"),
              must(column, "nulls").longValue(),
              reasons));
    }
    JsonNode rows = must(root, "rows");
    return new RowsSummary(must(rows, "out").longValue(), string(rows, "content_hash"), columns);
  }

  private static List<Manifest.Check> checks(JsonNode values) {
    List<Manifest.Check> checks = new ArrayList<>();
    for (JsonNode value : values) {
      checks.add(
          new Manifest.Check(
              string(value, "name"),
              string(value, "verdict").equals("passed"),
              string(value, "detail"),
              asked(value)));
    }
    return checks;
  }

  private static Manifest.@Nullable Asked asked(JsonNode check) {
    return check.has("expected")
        ? new Manifest.Asked(
            must(check, "column").isNull() ? null : string(check, "column"),
            string(check, "severity"),
            string(check, "expected"))
        : null;
  }

  private static List<Manifest.Output> outputs(JsonNode values) {
    List<Manifest.Output> outputs = new ArrayList<>();
    for (JsonNode value : values) {
      outputs.add(
          new Manifest.Output(
              string(value, "provider"),
              string(value, "format"),
              string(value, "table"),
              string(value, "snapshot")));
    }
    return outputs;
  }

  private static Map<String, String> strings(JsonNode object) {
    Map<String, String> map = new LinkedHashMap<>();
    object.properties().forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
    return map;
  }

  private static Map<String, Long> longs(JsonNode object) {
    Map<String, Long> map = new LinkedHashMap<>();
    object.properties().forEach(entry -> map.put(entry.getKey(), entry.getValue().longValue()));
    return map;
  }
}
