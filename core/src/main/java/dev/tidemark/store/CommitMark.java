package dev.tidemark.store;

import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Interval;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a commit says of itself, in the table's own metadata: properties of the Iceberg snapshot's
 * summary, {@code userMetadata} of the Delta commit as a JSON object, under the same names.
 *
 * @param runId of the run that made it, different for every run
 * @param resource such as {@code training-sets.fraud.v1}
 * @param definition the hash of what was computed
 * @param inputs what it was computed from; the mark holds their hash
 * @param interval the interval that it replaced; null: the whole table
 * @param asOf the T of a whole table's rows, where they have one; null otherwise
 * @param rows how many rows it wrote
 * @param version Tidemark's
 */
public record CommitMark(
    String runId,
    String resource,
    Fingerprint definition,
    List<InputSnapshot> inputs,
    @Nullable Interval interval,
    @Nullable Instant asOf,
    long rows,
    String version) {

  static final String RUN_ID = "tidemark.run-id";
  static final String RESOURCE = "tidemark.resource";
  static final String DEFINITION = "tidemark.definition-hash";
  static final String INPUTS = "tidemark.inputs-hash";
  static final String START = "tidemark.interval-start";
  static final String END = "tidemark.interval-end";
  static final String AS_OF = "tidemark.as-of";
  static final String ROWS = "tidemark.rows";

  /** Of rows that have no T in common. */
  public CommitMark(
      String runId,
      String resource,
      Fingerprint definition,
      List<InputSnapshot> inputs,
      @Nullable Interval interval,
      long rows,
      String version) {
    this(runId, resource, definition, inputs, interval, null, rows, version);
  }

  public CommitMark {
    inputs = List.copyOf(inputs);
  }

  /** Name and value of each part, in a fixed order. */
  Map<String, String> properties() {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put(RUN_ID, runId);
    properties.put(RESOURCE, resource);
    properties.put(DEFINITION, definition.sha256());
    properties.put(INPUTS, hash(inputs));
    if (interval != null) {
      properties.put(START, interval.start().toString());
      properties.put(END, interval.end().toString());
    }
    if (asOf != null) {
      properties.put(AS_OF, asOf.toString());
    }
    properties.put(ROWS, String.valueOf(rows));
    properties.put("tidemark.version", version);
    return properties;
  }

  /** The same in any order. */
  private static String hash(List<InputSnapshot> inputs) {
    String text =
        inputs.stream()
            .map(
                input ->
                    "%s\t%s\t%s\t%s"
                        .formatted(input.source(), input.location(), input.kind(), input.id()))
            .sorted()
            .collect(Collectors.joining("\n"));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
