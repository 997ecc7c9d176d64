package dev.tidemark.pit;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RuntimeConfig;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** Chooses how events and a spine meet: by a setting, else by Spark's estimates of their sizes. */
final class StrategyChoice {
  /** The Spark setting of how many partitions spine and events are put into; else by size. */
  static final String PARTITIONS = "spark.tidemark.partitions";

  // Estimates are of files, which are several times smaller than rows and slots in memory.
  private static final double SMALL_PARTITION = 8L << 20;
  private static final double GREAT_PARTITION = 64L << 20;
  private static final double MANY_PARTITIONS = 256;
  private static final double UNKNOWN_SIZE = 1L << 60;
  // Every task reads all events that are broadcast.
  private static final double FEW_EVENTS = 8;
  // Every task has slots for all of a spine that is broadcast, and sends what is in them.
  private static final double SMALL_SPINE = 64;
  // A row of the spine has several slots.
  private static final double SPINE_WEIGHT = 3;
  // Less is read by one task in no time.
  private static final double WORTH_SPREADING = 512L << 20;
  private static final long MOST_HOT_ROWS = 500_000;

  private final Dataset<Row> spine;
  private final List<String> keys;
  private final @Nullable Strategy given;
  // Else its rows would not be those that were broadcast.
  private final boolean repeatable;
  private final double spineSize;
  private final double broadcastSize;

  /**
   * @param keys of the spine
   */
  StrategyChoice(Dataset<Row> spine, List<String> keys) {
    this.spine = spine;
    this.keys = keys;
    SparkSession session = spine.sparkSession();
    given = Strategy.given(session);
    repeatable = Plans.isRepeatable(spine);
    spineSize = Plans.size(spine);
    broadcastSize =
        ((org.apache.spark.sql.classic.SparkSession) session)
            .sessionState()
            .conf()
            .autoBroadcastJoinThreshold();
  }

  /**
   * @param hotSpine the rows of the spine with hot keys, if that is the strategy
   */
  record Chosen(Strategy strategy, @Nullable Dataset<Row> hotSpine) {
    Chosen(Strategy strategy) {
      this(strategy, null);
    }
  }

  Chosen of(SharedEvents events) {
    if (given == Strategy.SHUFFLE || given == Strategy.BROADCAST_EVENTS) {
      return new Chosen(given);
    }
    if (given != null && !repeatable) {
      return new Chosen(Strategy.SHUFFLE);
    }
    if (given != null) {
      return given == Strategy.HOT_KEYS ? hotKeys(events) : new Chosen(given);
    }
    double size = events.size();
    if (size <= broadcastSize && FEW_EVENTS * size <= spineSize) {
      return new Chosen(Strategy.BROADCAST_EVENTS);
    }
    if (!repeatable) {
      return new Chosen(Strategy.SHUFFLE);
    }
    if (spineSize <= broadcastSize && SMALL_SPINE * spineSize <= size && size < UNKNOWN_SIZE) {
      return new Chosen(Strategy.BROADCAST_SPINE);
    }
    boolean worth = size >= WORTH_SPREADING && size < UNKNOWN_SIZE && !events.areCorrected();
    return worth ? hotKeys(events) : new Chosen(Strategy.SHUFFLE);
  }

  private Chosen hotKeys(SharedEvents events) {
    int cores = spine.sparkSession().sparkContext().defaultParallelism();
    HotKeys hot = HotKeys.in(events.keyCells(), given == Strategy.HOT_KEYS ? 0 : 0.5 / cores);
    if (hot.rows().isEmpty()) {
      return new Chosen(Strategy.SHUFFLE);
    }
    List<Column> columns = keys.stream().map(Columns::named).toList();
    Dataset<Row> rows = spine.where(hot.isOne(columns));
    boolean tooMany = rows.limit((int) MOST_HOT_ROWS + 1).count() > MOST_HOT_ROWS;
    return tooMany ? new Chosen(Strategy.SHUFFLE) : new Chosen(Strategy.HOT_KEYS, rows);
  }

  /** So many that a partition's slots stay in a processor's cache, while the data is not huge. */
  int partitions(List<SharedEvents> allEvents) {
    RuntimeConfig settings = spine.sparkSession().conf();
    Option<String> setting = settings.getOption(PARTITIONS);
    if (setting.isDefined()) {
      return Math.max(1, Integer.parseInt(setting.get()));
    }
    double bytes = SPINE_WEIGHT * spineSize;
    for (SharedEvents events : allEvents) {
      bytes += events.size();
    }
    if (bytes > UNKNOWN_SIZE) {
      return Integer.parseInt(settings.get("spark.sql.shuffle.partitions"));
    }
    double most = Math.max(MANY_PARTITIONS, bytes / GREAT_PARTITION);
    return (int) Math.ceil(Math.max(1, Math.min(most, bytes / SMALL_PARTITION)));
  }
}
