package dev.tidemark.bench;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Whether a formulation's result is Tidemark's, row by row.
 *
 * @param rows of its result
 * @param missing rows that one of both results, or the spine, does not have or has twice
 * @param mismatches values that differ
 * @param columns where they do
 */
public record Agreement(
    String formulation, long rows, long missing, long mismatches, List<String> columns) {
  /** Relative; what additions of doubles in another order may differ by. */
  private static final String TOLERANCE = "1e-9";

  public Agreement {
    columns = List.copyOf(columns);
  }

  public boolean isFull() {
    return missing == 0 && mismatches == 0;
  }

  /** Compares two results in DuckDB. */
  static Agreement of(Duck duck, Question question, String formulation, Path result, Path tidemark)
      throws SQLException {
    List<Feature> features = question.features();
    String differences =
        features.stream()
            .map(
                feature ->
                    "count(*) FILTER (WHERE t.id IS NOT NULL AND r.id IS NOT NULL AND %s)"
                        .formatted(differs(feature)))
            .collect(Collectors.joining(",\n  "));
    // A full join makes each id of either side at least one row; more rows than ids are duplicates.
    List<Long> found =
        duck.numbers(
            """
            SELECT count(r.id), count(DISTINCT r.id), count(DISTINCT t.id),
              count(*) FILTER (WHERE t.id IS NULL OR r.id IS NULL),
              %s
            FROM %s t FULL JOIN %s r ON t.id = r.id"""
                .formatted(
                    differences,
                    Duck.parquet(tidemark.resolve("*.parquet")),
                    Duck.parquet(result.resolve("*.parquet"))));
    long expected = question.spine().rows();
    long rows = found.get(0);
    long missing =
        Math.abs(rows - expected)
            + Math.abs(found.get(1) - expected)
            + Math.abs(found.get(2) - expected)
            + found.get(3);
    long mismatches = 0;
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      long count = found.get(i + 4);
      mismatches += count;
      if (count > 0) {
        columns.add(features.get(i).name());
      }
    }
    return new Agreement(formulation, rows, missing, mismatches, columns);
  }

  private static String differs(Feature feature) {
    String column = feature.name();
    return feature.isRounded()
        ? "NOT coalesce(abs(t.%1$s - r.%1$s) <= %2$s * greatest(abs(t.%1$s), abs(r.%1$s)), t.%1$s IS NULL AND r.%1$s IS NULL)"
            .formatted(column, TOLERANCE)
        : "t.%1$s IS DISTINCT FROM r.%1$s".formatted(column);
  }
}
