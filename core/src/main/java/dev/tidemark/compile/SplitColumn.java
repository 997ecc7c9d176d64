package dev.tidemark.compile;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Split;
import dev.tidemark.plan.ResolvedTrainingSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;

/** The column that says which part of a training set a row is in. */
final class SplitColumn {
  private SplitColumn() {}

  /** Of a training set's own columns. */
  static Column of(ResolvedTrainingSet set, Split split) {
    return split.match(
        SplitColumn::byTime,
        byEntity -> {
          Entity entity =
              byEntity.entity() == null
                  ? set.entities().get(0)
                  : set.entities().stream()
                      .filter(found -> found.name().equals(byEntity.entity().name()))
                      .findFirst()
                      .orElse(set.entities().get(0));
          List<String> keys = entity.keys().stream().map(key -> key.name()).toList();
          return byShare(inOrder(keys), byEntity.seed(), byEntity.validation(), byEntity.test());
        },
        byRandom -> {
          List<String> names = set.keys().stream().map(key -> key.key().name()).toList();
          List<Column> keys = inOrder(names);
          keys.add(col(ResolvedTrainingSet.EVENT_TIME));
          return byShare(keys, byRandom.seed(), byRandom.validation(), byRandom.test());
        });
  }

  /** By name, so that the order in which keys are declared moves no row to another part. */
  private static List<Column> inOrder(List<String> keys) {
    List<Column> columns = new ArrayList<>();
    keys.stream().sorted().forEach(key -> columns.add(SparkPlans.named(key)));
    return columns;
  }

  private static Column byTime(Split.ByTime split) {
    Column at = unix_micros(col(ResolvedTrainingSet.EVENT_TIME));
    long embargo = split.embargo() == null ? 0 : split.embargo().micros();
    Column part = lit("train");
    for (Map.Entry<String, Instant> boundary : boundaries(split).entrySet()) {
      long from = SpineRows.micros(boundary.getValue());
      part =
          when(at.geq(lit(from)), lit(boundary.getKey()))
              .when(at.geq(lit(from - embargo)), lit("embargo"))
              .otherwise(part);
    }
    return part;
  }

  private static Map<String, Instant> boundaries(Split.ByTime split) {
    Map<String, Instant> boundaries = new LinkedHashMap<>();
    if (split.validationFrom() != null) {
      boundaries.put("validation", split.validationFrom());
    }
    if (split.testFrom() != null) {
      boundaries.put("test", split.testFrom());
    }
    return boundaries;
  }

  /**
   * A hash of the keys as a point in [0, 1): the same row is on the same side whatever rows are
   * beside it.
   */
  private static Column byShare(List<Column> keys, long seed, double validation, double test) {
    List<Column> hashed = new ArrayList<>(List.of(lit(seed)));
    hashed.addAll(keys);
    int parts = 1_000_000;
    Column point =
        abs(xxhash64(SparkPlans.columns(hashed)).mod(lit((long) parts)))
            .divide(lit((double) parts));
    return when(point.lt(lit(test)), lit("test"))
        .when(point.lt(lit(test + validation)), lit("validation"))
        .otherwise(lit("train"));
  }
}
