package dev.tidemark.jobs.openlineage;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The Airflow task that runs a command, by the variables that Airflow sets for it.
 *
 * <p>Airflow's OpenLineage provider computes the ids of its runs: a UUID of version 7 whose time is
 * the DAG run's logical date, and whose other bits are of the SHA-1 of that date and of the names.
 * The same is computed here, so that a run finds its parent though nobody told it. A run without a
 * logical date has ids that only Airflow knows; then they are made of the DAG run's id, which keeps
 * the tasks of one DAG run together.
 */
final class AirflowRun {
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'+00:00'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'+00:00'").withZone(ZoneOffset.UTC);

  /** Of a task that is not mapped; no variable tells of others. */
  private static final String UNMAPPED = "-1";

  /** How often a DAG run was cleared; no variable tells. */
  private static final String NEVER_CLEARED = "0";

  private AirflowRun() {}

  /** Nothing outside Airflow. */
  static Optional<Parent> of(Map<String, String> variables) {
    String dag = variables.getOrDefault("AIRFLOW_CTX_DAG_ID", "");
    String task = variables.getOrDefault("AIRFLOW_CTX_TASK_ID", "");
    if (dag.isEmpty() || task.isEmpty()) {
      return Optional.empty();
    }
    String namespace =
        first(
            variables.get("AIRFLOW__OPENLINEAGE__NAMESPACE"),
            variables.get("OPENLINEAGE_NAMESPACE"),
            "default");
    String attempt = variables.getOrDefault("AIRFLOW_CTX_TRY_NUMBER", "1");
    String ofTask = String.join(".", namespace, dag, task, attempt, UNMAPPED);
    String ofDag = String.join(".", namespace, dag, NEVER_CLEARED);
    Instant date = date(variables);
    String run = variables.getOrDefault("AIRFLOW_CTX_DAG_RUN_ID", "");
    return Optional.of(
        new Parent(
            new Parent.Run(
                namespace, dag + "." + task, date == null ? id(run, ofTask) : id(date, ofTask)),
            new Parent.Run(namespace, dag, date == null ? id(run, ofDag) : id(date, ofDag))));
  }

  private static String first(@Nullable String one, @Nullable String two, String otherwise) {
    return one != null && !one.isBlank() ? one : two != null && !two.isBlank() ? two : otherwise;
  }

  private static @Nullable Instant date(Map<String, String> variables) {
    String written =
        first(
            variables.get("AIRFLOW_CTX_LOGICAL_DATE"),
            variables.get("AIRFLOW_CTX_EXECUTION_DATE"),
            "");
    try {
      return written.isEmpty() ? null : OffsetDateTime.parse(written).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** As OpenLineage's Python client makes ids that are always the same. */
  static UUID id(Instant date, String data) {
    String written = (date.get(ChronoField.MICRO_OF_SECOND) == 0 ? SECONDS : MICROS).format(date);
    byte[] sha = sha1(written + data);
    // Of its first 76 bits, 12 go before the variant and 64 after it, two of which it takes.
    long first = 0;
    for (int i = 0; i < 8; i++) {
      first = first << 8 | (sha[i] & 0xff);
    }
    long high = first >>> 52;
    long low = first << 12 | (sha[8] & 0xffL) << 4 | (sha[9] & 0xffL) >>> 4;
    return new UUID(
        date.toEpochMilli() << 16 | 0x7000L | high,
        (low & 0x3fffffffffffffffL) | 0x8000000000000000L);
  }

  private static UUID id(String run, String data) {
    return UUID.nameUUIDFromBytes((run + "/" + data).getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] sha1(String text) {
    try {
      return MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it", e);
    }
  }
}
