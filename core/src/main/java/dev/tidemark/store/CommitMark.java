package dev.tidemark.store;

import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Interval;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a commit says of itself, in the table's own metadata: properties of the Iceberg snapshot's
 * summary, {@code userMetadata} of the Delta commit as a JSON object, under the same names.
 *
 * @param runId of the run that made it, different for every run
 * @param resource such as {@code training-sets.fraud.v1}
 * @param definition the hash of what was computed
 * @param interval the interval that it replaced; null: the whole table
 * @param version Tidemark's
 */
public record CommitMark(
    String runId,
    String resource,
    Fingerprint definition,
    @Nullable Interval interval,
    String version) {

  static final String RUN_ID = "tidemark.run-id";

  /** Name and value of each part, in a fixed order. */
  Map<String, String> properties() {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put(RUN_ID, runId);
    properties.put("tidemark.resource", resource);
    properties.put("tidemark.definition-hash", definition.sha256());
    if (interval != null) {
      properties.put("tidemark.interval-start", interval.start().toString());
      properties.put("tidemark.interval-end", interval.end().toString());
    }
    properties.put("tidemark.version", version);
    return properties;
  }
}
