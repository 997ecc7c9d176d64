package dev.tidemark.store;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.get_json_object;
import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidemark.plan.Interval;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.delta.actions.AddFile;

/**
 * The bounds of the event times in a file of a Delta table. Delta cuts them to milliseconds: the
 * true ones are up to a millisecond later.
 *
 * @param earliest the least, cut
 * @param latest the greatest, cut
 */
record DeltaStatistics(Instant earliest, Instant latest) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static DeltaStatistics of(AddFile file) {
    try {
      JsonNode statistics =
          file.stats() == null ? JSON.createObjectNode() : JSON.readTree(file.stats());
      return new DeltaStatistics(
          instant(statistics.path("minValues"), Instant.MIN),
          instant(statistics.path("maxValues"), Instant.MAX.minus(1, ChronoUnit.SECONDS)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "statistics of %s: %s".formatted(file.path(), file.stats()), e);
    }
  }

  private static Instant instant(JsonNode values, Instant unknown) {
    JsonNode value = values.path(IntervalRows.EVENT_TIME);
    return value.isTextual() ? OffsetDateTime.parse(value.asText()).toInstant() : unknown;
  }

  /** Of rows of the log: those whose files may hold rows of an interval. */
  static Column held(Interval interval) {
    Column earliest = stored("minValues");
    Column latest = stored("maxValues");
    return coalesce(
        earliest
            .lt(lit(interval.end()))
            .and(latest.geq(lit(interval.start().minus(1, ChronoUnit.MILLIS)))),
        lit(true));
  }

  private static Column stored(String bound) {
    return get_json_object(col("stats"), "$." + bound + "." + IntervalRows.EVENT_TIME)
        .cast("timestamp");
  }

  boolean mayHold(Interval interval) {
    return earliest.isBefore(interval.end())
        && latest.plus(1, ChronoUnit.MILLIS).isAfter(interval.start());
  }

  boolean isWithin(Interval interval) {
    return !earliest.isBefore(interval.start())
        && !latest.plus(1, ChronoUnit.MILLIS).isAfter(interval.end());
  }

  /** True if the earliest row may be of an interval that is not shorter than a millisecond. */
  boolean beginsIn(Interval interval) {
    return !earliest.isBefore(interval.start().truncatedTo(ChronoUnit.MILLIS))
        && earliest.isBefore(interval.end());
  }
}
