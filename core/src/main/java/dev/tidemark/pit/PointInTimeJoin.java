package dev.tidemark.pit;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * A spine and all that is looked up for it.
 *
 * @param spine any columns, among them the lookups' key columns and {@code asOf}
 * @param asOf the spine's column of T, {@code timestamp}; never null, the caller has checked it
 * @param lookups their outputs' names differ from each other and from the spine's columns
 * @param asked holds every T of the spine, so that events which no T can see need not be read;
 *     null: it is not known
 */
public record PointInTimeJoin(
    Dataset<Row> spine, String asOf, List<Lookup> lookups, @Nullable TimeRange asked) {
  /** A join whose times are not known. */
  public PointInTimeJoin(Dataset<Row> spine, String asOf, List<Lookup> lookups) {
    this(spine, asOf, lookups, null);
  }

  public PointInTimeJoin {
    lookups = List.copyOf(lookups);
  }
}
