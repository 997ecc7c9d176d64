package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import io.openlineage.client.OpenLineage;
import io.openlineage.client.OpenLineageClientUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Holds events against OpenLineage's facets, three times over: a schema of ours states what the
 * published ones require and allows no name that is not known; the client's own classes, which are
 * made of the published schemas, read the event and write the same; and the published schemas
 * themselves, where {@code -Dopenlineage.spec=FOLDER} says where they are ({@code OpenLineage.json}
 * and {@code facets/}). They are in no package that a build could fetch, and so not used by
 * default.
 */
final class FacetSchemas {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonSchemaFactory FACTORY =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
  private static final SchemaValidatorsConfig STRICT =
      SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();
  private static final JsonSchema FACTS = facts();
  private static final String PUBLISHED = System.getProperty("openlineage.spec", "");

  private FacetSchemas() {}

  private static JsonSchema facts() {
    try (InputStream in =
        Objects.requireNonNull(FacetSchemas.class.getResourceAsStream("/openlineage/facts.json"))) {
      return FACTORY.getSchema(in, STRICT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails unless an event is right. */
  static void check(JsonNode event) {
    assertThat(FACTS.validate(event)).as(event.toPrettyString()).isEmpty();
    OpenLineage.RunEvent read = OpenLineageClientUtils.runEventFromJson(event.toString());
    assertThat(Cli.parse(OpenLineageClientUtils.toJson(read))).isEqualTo(event);
    for (JsonNode facet : facets(event)) {
      checkClass(facet);
    }
    if (!PUBLISHED.isEmpty()) {
      assertThat(problems(event)).as(event.toPrettyString()).isEmpty();
    }
  }

  /** All facets of an event. */
  private static List<JsonNode> facets(JsonNode event) {
    List<JsonNode> found = new ArrayList<>();
    event.findParents("_schemaURL").forEach(found::add);
    return found;
  }

  /** The schema that a facet names is the one of which the client's class of that name is made. */
  private static void checkClass(JsonNode facet) {
    String url = facet.path("_schemaURL").asText();
    String name = url.substring(url.lastIndexOf('/') + 1);
    try {
      Class<?> type = Class.forName("io.openlineage.client.OpenLineage$" + name);
      List<String> known = new ArrayList<>();
      for (Field field : type.getDeclaredFields()) {
        known.add(field.getName());
      }
      facet.fieldNames().forEachRemaining(field -> assertThat(known).as(url).contains(field));
    } catch (ClassNotFoundException e) {
      throw new AssertionError(url, e);
    }
  }

  private static List<String> problems(JsonNode event) {
    JsonSchemaFactory published =
        JsonSchemaFactory.getInstance(
            SpecVersion.VersionFlag.V202012,
            builder -> builder.schemaLoaders(loaders -> loaders.schemas(texts())));
    List<String> problems = new ArrayList<>();
    validate(published, event, event.path("schemaURL").asText(), problems);
    for (JsonNode facet : facets(event)) {
      validate(published, facet, facet.path("_schemaURL").asText(), problems);
    }
    return problems;
  }

  /** By the very version that the event names. */
  private static void validate(
      JsonSchemaFactory published, JsonNode value, String url, List<String> problems) {
    JsonNode reference = JSON.createObjectNode().put("$ref", url);
    published
        .getSchema(reference, STRICT)
        .validate(value)
        .forEach(problem -> problems.add(url + ": " + problem));
  }

  private static @Nullable Map<String, String> texts;

  private static synchronized Map<String, String> texts() {
    Map<String, String> known = texts;
    if (known != null) {
      return known;
    }
    Map<String, String> found = new HashMap<>();
    try (Stream<Path> files = Files.walk(Path.of(PUBLISHED))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".json")).toList()) {
        String text = Files.readString(file);
        String id = JSON.readTree(text).path("$id").asText();
        if (!id.isEmpty()) {
          found.put(id, text);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    texts = found;
    return found;
  }
}
