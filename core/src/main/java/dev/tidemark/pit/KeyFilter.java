package dev.tidemark.pit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.BloomFilterMightContain;
import org.apache.spark.sql.catalyst.expressions.Cast$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.ScalarSubquery;
import org.apache.spark.sql.catalyst.expressions.ScalarSubquery$;
import org.apache.spark.sql.catalyst.expressions.XxHash64;
import org.apache.spark.sql.catalyst.expressions.aggregate.BloomFilterAggregate;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import scala.Option;
import scala.collection.immutable.Seq;

/**
 * Leaves out events whose key the spine does not have, before they are shuffled: a Bloom filter of
 * the spine's keys, which a query of its own makes at run time. Some events of other keys pass.
 *
 * <p>Bloom, "Space/time trade-offs in hash coding with allowable errors", CACM 13 (7), 1970; the
 * filter is Spark's, with the limits of its runtime filters.
 */
final class KeyFilter {
  /** The Spark setting of {@link Mode}. */
  static final String SETTING = "spark.tidemark.key-filter";

  private static final double WORTH_FILTERING = 256L << 20;
  private static final double FEW_ROWS = 16;
  // With the six bits that Spark then looks at, one in fifty events of other keys passes.
  private static final long BITS_PER_KEY = 8;
  private static final double FEWEST_KEYS = 100_000;
  // Of a spine's row with a key and a time, in a file.
  private static final double ROW_SIZE = 16;

  /** When to filter. */
  enum Mode {
    /** Where the spine is much smaller than the events, and these are many. */
    AUTO,
    ON,
    OFF;

    static Mode of(SparkSession session) {
      Option<String> given = session.conf().getOption(SETTING);
      if (given.isEmpty()) {
        return AUTO;
      }
      return Arrays.stream(values())
          .filter(mode -> mode.title().equals(given.get()))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "%s = %s: it is auto, on or off".formatted(SETTING, given.get())));
    }

    private String title() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Dataset<Row> spine;
  private final Seq<Expression> keys;
  private final Mode mode;
  private final double spineSize;
  private final SQLConf limits;

  /**
   * @param keys of the spine
   */
  KeyFilter(Dataset<Row> spine, Seq<Expression> keys) {
    this.spine = spine;
    this.keys = keys;
    mode = Mode.of(spine.sparkSession());
    spineSize = Plans.size(spine);
    limits =
        ((org.apache.spark.sql.classic.SparkSession) spine.sparkSession()).sessionState().conf();
  }

  /**
   * The events that may have a key of the spine, if to look for them is worth it.
   *
   * @param eventKeys over {@code events}
   */
  Dataset<Row> of(Dataset<Row> events, Seq<Expression> eventKeys) {
    // A spine that is another one when it is read again has other keys.
    if (mode == Mode.OFF || !Plans.isRepeatable(spine) || (mode == Mode.AUTO && !isWorth(events))) {
      return events;
    }
    List<Expression> ours = new ArrayList<>();
    List<Expression> theirs = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      Expression own = keys.apply(i);
      Expression other = eventKeys.apply(i);
      Optional<DataType> common = common(own.dataType(), other.dataType());
      if (common.isEmpty()) {
        return events;
      }
      ours.add(as(common.get(), own));
      theirs.add(as(common.get(), other));
    }
    return events.where(
        ExpressionUtils.column(
            new BloomFilterMightContain(filter(ours), new XxHash64(Columns.seq(theirs)))));
  }

  private boolean isWorth(Dataset<Row> events) {
    double size = Plans.size(events);
    return size >= WORTH_FILTERING
        && size >= FEW_ROWS * spineSize
        && spineSize <= ROW_SIZE * (double) mostKeys();
  }

  private long mostKeys() {
    return (long) limits.getConf(SQLConf.RUNTIME_BLOOM_FILTER_MAX_NUM_ITEMS());
  }

  /** What equal keys of both types are written as; their hashes are of bytes. */
  private static Optional<DataType> common(DataType own, DataType other) {
    if (own.equals(other)) {
      return Optional.of(own);
    }
    return own instanceof IntegralType && other instanceof IntegralType
        ? Optional.of(DataTypes.LongType)
        : Optional.empty();
  }

  private static Expression as(DataType type, Expression key) {
    return key.dataType().equals(type) ? key : Cast$.MODULE$.apply(key, type, true);
  }

  /** Null where the spine has no rows, and then no event passes. */
  private ScalarSubquery filter(List<Expression> ours) {
    long most = mostKeys();
    long expected = (long) Math.min((double) most, Math.max(FEWEST_KEYS, spineSize / ROW_SIZE));
    long bits =
        Math.min(
            BITS_PER_KEY * expected,
            (long) limits.getConf(SQLConf.RUNTIME_BLOOM_FILTER_MAX_NUM_BITS()));
    Column all =
        ExpressionUtils.column(
            new BloomFilterAggregate(
                    new XxHash64(Columns.seq(ours)),
                    Literal.create(expected, DataTypes.LongType),
                    Literal.create(bits, DataTypes.LongType))
                .toAggregateExpression());
    ScalarSubquery$ subquery = ScalarSubquery$.MODULE$;
    return subquery.apply(
        Plans.analyzed(spine.agg(all.as("keys"))),
        subquery.apply$default$2(),
        subquery.apply$default$3(),
        subquery.apply$default$4(),
        subquery.apply$default$5(),
        subquery.apply$default$6(),
        subquery.apply$default$7());
  }
}
