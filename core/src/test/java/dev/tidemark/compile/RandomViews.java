package dev.tidemark.compile;

import dev.tidemark.oracle.RandomCases;
import dev.tidemark.oracle.Rules;
import dev.tidemark.testkit.FeatureStory;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Feature views of one source with rules drawn at random (available time, delay, ties, corrections,
 * deletes, ttl, exclusive bounds, conditions), and events for them in parquet files: the same for
 * the same seed.
 */
final class RandomViews {
  static final long HOUR = 3_600_000_000L;
  static final Instant START = Instant.parse("2024-03-10T05:00:00Z");

  private static final List<String> COLUMNS =
      List.of("k", "k2", "at", "loaded", "op", "id", "part", "n", "x", "m", "s", "seq");

  final Random random;
  private final SparkSession session;
  private final FeatureStory story;
  private final RandomCases cases;
  private final int keys;

  /**
   * @param keys how many different keys there are
   */
  RandomViews(SparkSession session, FeatureStory story, long seed, int keys) {
    this.session = session;
    this.story = story;
    this.random = new Random(seed);
    this.cases = new RandomCases(seed);
    this.keys = keys;
  }

  /**
   * Entity {@code thing}, {@code sources.e.v1} over the folder {@code events}, and a view of it.
   */
  String definitions() {
    return """
        entities.thing { keys { k = bigint } }
        sources.e.v1 { path = events, format = parquet, event-time = at%s%s%s%s%s }
        """
            .formatted(
                maybe(", available-at = loaded"),
                maybe(", delay = 1h"),
                maybe(", tie-break = [s, n]"),
                maybe(", deleted-when = \"op = 'D'\""),
                maybe(", row-key = [id]"))
        + view("v1");
  }

  /** A view of {@code sources.e.v1} with rules of its own. */
  String view(String variant) {
    return """
        feature-views.v.%s {
          entity = thing, source = sources.e.v1
          %s
          %s
          %s
          features {
            last { value = n }
            last_text { value = s%s }
            last_known { value = x, ignore-nulls = true }
            total { aggregate = "sum(m)", windows = [1h, 3h]%s }
            seen { aggregate = "count(*)", windows = [2h%s] }
            by_part { aggregate = "max(n)", by = part, windows = [2h] }
          }
          derived { twice = "last * 2 + seen_2h" }
        }
        """
        .formatted(
            variant,
            maybe("ttl = 2h"),
            maybe("as-of = exclusive"),
            maybe("where = \"n > 0 OR s = 'a'\""),
            maybe(", where = \"n > 1\""),
            maybe(", when-empty = 0"),
            maybe(", unbounded"));
  }

  private String maybe(String text) {
    return random.nextInt(2) == 0 ? text : "";
  }

  /** An instant of the events' hours, or beside one by a microsecond. */
  Instant time(int hours) {
    return START.plus(random.nextInt(hours) * HOUR + random.nextInt(3) - 1, ChronoUnit.MICROS);
  }

  /** Adds events to the source's folder, in a file of their own. */
  void addEvents() {
    List<Row> rows = new ArrayList<>();
    for (Map<String, @Nullable Object> event : cases.next().events()) {
      if (event.get("k") != null) {
        event.put("k", 1L + random.nextInt(keys));
      }
      rows.add(RowFactory.create(COLUMNS.stream().map(c -> value(c, event.get(c))).toArray()));
    }
    StructType schema = new StructType();
    for (String column : COLUMNS) {
      schema = schema.add(column, type(column));
    }
    events(session.createDataFrame(rows, schema));
  }

  private void events(Dataset<Row> rows) {
    rows.coalesce(1).write().mode("append").parquet(story.folder().resolve("events").toString());
  }

  private static String type(String column) {
    return RandomCases.typeOf(column.equals("at") ? Rules.EVENT_TIME : column);
  }

  private static @Nullable Object value(String column, @Nullable Object value) {
    return value instanceof Long micros && type(column).equals("timestamp")
        ? Timestamp.from(Instant.EPOCH.plus(micros, ChronoUnit.MICROS))
        : value instanceof BigDecimal number ? number.setScale(2) : value;
  }
}
