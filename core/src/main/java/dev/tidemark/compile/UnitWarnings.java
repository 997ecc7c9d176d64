package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.unix_micros;

import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Sql;
import dev.tidemark.pit.EventColumns;
import java.io.Serializable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.runtime.AbstractFunction1;

/**
 * Warnings of event times in a wrong unit, by the first rows of sources. Milliseconds read as
 * seconds land in the year 50,000, seconds read as milliseconds in January 1970.
 */
final class UnitWarnings {
  private static final int SAMPLE = 1_000;
  private static final int SOURCES_A_JOB = 50;

  /** The first alone may be empty. */
  private static final int PARTITIONS = 4;

  private static final Instant EARLIEST = Instant.parse("1971-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

  private final SparkSession session;
  private final Findings findings;
  private final List<Sampled> sampled = new ArrayList<>();

  UnitWarnings(SparkSession session, Findings findings) {
    this.session = session;
    this.findings = findings;
  }

  /** One whose event times may be of another unit. */
  void add(Sql eventTime, String name, Dataset<Row> events) {
    sampled.add(new Sampled(eventTime, name, events));
  }

  /** Looks at all that were added since the last look. */
  void warn() {
    // Several sources a job: most are small, and a job for each takes longer than its rows.
    for (int from = 0; from < sampled.size(); from += SOURCES_A_JOB) {
      List<Sampled> some = sampled.subList(from, Math.min(from + SOURCES_A_JOB, sampled.size()));
      if (!warn(some) && some.size() > 1) {
        // One of them can't be read; the others are looked at by themselves.
        some.forEach(each -> warn(List.of(each)));
      }
    }
    sampled.clear();
  }

  /** False for what can't be read: that fails the run itself, with its own words. */
  private boolean warn(List<Sampled> some) {
    List<Strange> found;
    try {
      List<RDD<Strange>> each = new ArrayList<>();
      for (int i = 0; i < some.size(); i++) {
        each.add(some.get(i).strange(i).rdd());
      }
      ClassTag<Strange> type = ClassTag.apply(Strange.class);
      found =
          session
              .sparkContext()
              .union(CollectionConverters.asScala(each).toSeq(), type)
              .toJavaRDD()
              .collect();
    } catch (Exception e) {
      return false;
    }
    for (int i = 0; i < some.size(); i++) {
      int index = i;
      found.stream()
          .filter(strange -> strange.source() == index)
          .findFirst()
          .ifPresent(strange -> some.get(index).warn(strange, findings));
    }
    return true;
  }

  /**
   * An event time that is none.
   *
   * @param source which of those that are looked at
   * @param micros since 1970, UTC
   */
  private record Strange(int source, long micros) implements Serializable {}

  /** A source whose first rows are to be looked at. */
  private record Sampled(Sql eventTime, String name, Dataset<Row> events) {

    /** The first strange time among the first rows of the first partitions. */
    JavaRDD<Strange> strange(int source) {
      long earliest = SpineRows.micros(EARLIEST);
      long latest = SpineRows.micros(LATEST);
      JavaRDD<Long> times =
          events
              .select(unix_micros(col(EventColumns.EVENT_TIME)).as("t"))
              .where(col("t").isNotNull())
              .as(Encoders.LONG())
              .toJavaRDD();
      return PartitionPruningRDD.create(times.rdd(), new FirstPartitions())
          .toJavaRDD()
          .mapPartitions(
              rows ->
                  stream(rows)
                      .limit(SAMPLE)
                      .filter(time -> (time >= 0 && time < earliest) || time >= latest)
                      .limit(1)
                      .map(time -> new Strange(source, time))
                      .iterator());
    }

    private static Stream<Long> stream(Iterator<Long> rows) {
      return StreamSupport.stream(Spliterators.spliteratorUnknownSize(rows, 0), false);
    }

    void warn(Strange strange, Findings findings) {
      Instant time = Instant.EPOCH.plus(strange.micros(), ChronoUnit.MICROS);
      findings.warn(
          new Problem(
              eventTime.origin(),
              "event times of %s look like another unit: one is %s".formatted(name, time),
              time.isAfter(LATEST)
                  ? "milliseconds read as seconds? use timestamp_millis(...)"
                  : "seconds read as milliseconds, or a missing value as 0? use timestamp_seconds(...), or null"));
    }
  }

  /** Asked on the driver alone. */
  private static final class FirstPartitions extends AbstractFunction1<Object, Object>
      implements Serializable {
    private static final long serialVersionUID = 1;

    @Override
    public Object apply(Object partition) {
      return (Integer) partition < PARTITIONS;
    }
  }
}
