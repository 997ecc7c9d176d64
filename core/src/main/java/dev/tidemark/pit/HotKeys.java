package dev.tidemark.pit;

import static org.apache.spark.sql.functions.lit;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.collection.Iterator;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;

/**
 * Keys that so many events have that one task should not read them all, found by a sample.
 *
 * <p>The sample is the beginning of some partitions, and so reads little. It may mislead where
 * events are stored by key; then the work is spread worse than it could be, and nothing else.
 *
 * @param rows the cells of each key
 */
record HotKeys(List<Row> rows) {
  private static final int PARTITIONS = 32;
  private static final int ROWS = 4096;
  private static final int MOST_KEYS = 64;

  /**
   * Samples.
   *
   * @param keys of events, without the events' other columns
   * @param share of all events that makes a key hot
   */
  static HotKeys in(Dataset<Row> keys, double share) {
    RDD<Row> rows = keys.rdd();
    int partitions = rows.getNumPartitions();
    int sampled = Math.min(PARTITIONS, partitions);
    List<Object> numbers = new ArrayList<>();
    for (int i = 0; i < sampled; i++) {
      numbers.add((int) ((long) i * partitions / sampled));
    }
    Object found =
        rows.sparkContext()
            .runJob(
                rows,
                new Count(),
                Columns.seq(numbers),
                ClassTag$.MODULE$.<Map<Row, Integer>>apply(Map.class));
    Map<Row, Integer> counts = new HashMap<>();
    long all = 0;
    for (Object part : (Object[]) found) {
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) part).entrySet()) {
        int count = (Integer) entry.getValue();
        counts.merge((Row) entry.getKey(), count, Integer::sum);
        all += count;
      }
    }
    double least = share * all;
    return new HotKeys(
        counts.entrySet().stream()
            .filter(entry -> entry.getValue() >= least && !entry.getKey().anyNull())
            .sorted(
                Map.Entry.<Row, Integer>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(entry -> entry.getKey().toString()))
            .limit(MOST_KEYS)
            .map(Map.Entry::getKey)
            .toList());
  }

  /** Counts the first rows of a partition. */
  private static final class Count extends AbstractFunction1<Iterator<Row>, Map<Row, Integer>>
      implements Serializable {
    @Override
    public Map<Row, Integer> apply(Iterator<Row> rows) {
      Map<Row, Integer> counts = new HashMap<>();
      for (int i = 0; i < ROWS && rows.hasNext(); i++) {
        counts.merge(rows.next(), 1, Integer::sum);
      }
      return counts;
    }
  }

  /** Whether a row has one of the keys in these columns. */
  Column isOne(List<Column> columns) {
    if (columns.size() == 1) {
      return columns.get(0).isin(rows.stream().map(row -> row.get(0)).toArray());
    }
    Column any = lit(false);
    for (Row key : rows) {
      Column all = lit(true);
      for (int i = 0; i < columns.size(); i++) {
        all = all.and(columns.get(i).equalTo(lit(key.get(i))));
      }
      any = any.or(all);
    }
    return any;
  }
}
