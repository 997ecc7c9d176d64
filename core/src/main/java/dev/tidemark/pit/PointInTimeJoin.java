package dev.tidemark.pit;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A spine and all that is looked up for it.
 *
 * @param spine any columns, among them the lookups' key columns and {@code asOf}
 * @param asOf the spine's column of T, {@code timestamp}; never null, the caller has checked it
 * @param lookups their outputs' names differ from each other and from the spine's columns
 */
public record PointInTimeJoin(Dataset<Row> spine, String asOf, List<Lookup> lookups) {
  public PointInTimeJoin {
    lookups = List.copyOf(lookups);
  }
}
