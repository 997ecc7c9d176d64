package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.unix_micros;

import dev.tidemark.pit.EventColumns;
import dev.tidemark.pit.Folding;
import dev.tidemark.pit.Lookup;
import dev.tidemark.pit.TickGrid;
import dev.tidemark.pit.TimeRange;
import dev.tidemark.plan.BoundKey;
import dev.tidemark.plan.Increment;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.StateCoverage;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * Folds what is new in a view's events, and makes the view's rows of folded events. Each of the
 * view's lookups has rows of its own.
 */
final class ViewFold {
  private static final String LOOKUP = EventColumns.RESERVED_PREFIX + "lookup";

  private final ViewEvents view;
  private final List<Lookup> now;
  private final @Nullable List<Lookup> added;
  private final Increment increment;
  private final @Nullable StoredState old;
  private final TickGrid grid;
  private final TimeRange asked;
  private final boolean late;

  /**
   * @param now the lookups of all events
   * @param added the same of those that the sources got since the old state; null: they got none
   * @param old null: there is none
   * @param every from one tick to the next, microseconds
   * @param asked from the first tick to the last
   */
  ViewFold(
      ViewEvents view,
      List<Lookup> now,
      @Nullable List<Lookup> added,
      Increment increment,
      @Nullable StoredState old,
      long every,
      TimeRange asked) {
    this.view = view;
    this.now = now;
    this.added = added;
    this.increment = increment;
    this.old = increment.start() == Increment.Start.EMPTY ? null : old;
    this.asked = asked;
    this.late = view.mayBeLate();
    Instant base = increment.next().base();
    List<Long> windows = new ArrayList<>(LookBack.windows(view.resolved().view()));
    // Whether a key has a row is asked of a window of its own.
    view.lookBack().ifPresent(windows::add);
    this.grid =
        TickGrid.of(
            asked.firstMicros(), every, windows, base == null ? null : SpineRows.micros(base));
  }

  /** Why a view's events can't be folded; nothing if they can. */
  static Optional<String> obstacle(List<Lookup> lookups) {
    return lookups.stream().map(Folding::obstacle).flatMap(Optional::stream).findFirst();
  }

  /** The rows that come to the state; null: none. */
  @Nullable Dataset<Row> folded() {
    Dataset<Row> all = null;
    for (int i = 0; i < now.size(); i++) {
      Dataset<Row> news = news(i);
      Dataset<Row> rows = again(i, news);
      if (rows != null) {
        all = all == null ? rows : all.unionByName(rows);
      }
    }
    return all;
  }

  private @Nullable Dataset<Row> again(int lookup, @Nullable Dataset<Row> news) {
    Lookup of = now.get(lookup);
    boolean again = increment.start() == Increment.Start.FOLDING_AGAIN && old != null;
    if (!again && news == null) {
      return null;
    }
    Lookup all =
        again
            ? Folding.over(of, ofLookup(Objects.requireNonNull(old).rows(), lookup), news, late)
            : of.in(Objects.requireNonNull(news));
    List<Column> columns = new ArrayList<>();
    columns.add(
        timestamp_micros(grid.tickFrom(unix_micros(col(Folding.CELL))))
            .as(ResolvedTrainingSet.EVENT_TIME));
    for (BoundKey key : view.resolved().keys()) {
      columns.add(SparkPlans.named(key.key().name()));
    }
    columns.add(lit(lookup).as(LOOKUP));
    columns.add(col(Folding.CELL));
    columns.add(col(Folding.KNOWN));
    columns.add(col(Folding.STATE));
    return Folding.fold(all, grid, late).select(SparkPlans.columns(columns));
  }

  /** Events that are not in the old state and belong to the new one; null: there are none. */
  private @Nullable Dataset<Row> news(int lookup) {
    Lookup all = now.get(lookup);
    Instant until = increment.foldUntil();
    Dataset<Row> news = until == null ? null : between(all, increment.foldAfter(), until);
    List<Lookup> more = added;
    if (more != null && old != null) {
      StateCoverage held = old.coverage();
      Dataset<Row> came = between(more.get(lookup), held.from(), held.through());
      news = news == null ? came : news.unionByName(came);
    }
    return news;
  }

  /** The events that ticks see at times in {@code (after, until]}. */
  private static Dataset<Row> between(Lookup lookup, @Nullable Instant after, Instant until) {
    Column time = col(EventColumns.EVENT_TIME);
    long shift = Folding.shift(lookup);
    Column within = time.leq(instant(SpineRows.micros(until) - shift));
    if (after != null) {
      within = within.and(time.gt(instant(SpineRows.micros(after) - shift)));
    }
    return lookup.events().where(within);
  }

  private static Column instant(long micros) {
    return timestamp_micros(lit(micros));
  }

  /**
   * The view's lookups, in folded events as far as there are.
   *
   * @param folded see {@link #folded()}
   */
  List<Lookup> lookups(@Nullable Dataset<Row> folded) {
    List<Lookup> lookups = new ArrayList<>();
    for (int i = 0; i < now.size(); i++) {
      Lookup all = now.get(i);
      Instant until = increment.eventsUntil();
      Dataset<Row> events = until == null ? null : between(all, lookBackFrom(), until);
      lookups.add(Folding.over(all, ofLookup(states(folded), i), events, late));
    }
    return lookups;
  }

  private @Nullable Instant lookBackFrom() {
    return view.lookBack()
        .map(span -> Instant.EPOCH.plus(asked.firstMicros() - span, ChronoUnit.MICROS))
        .orElse(null);
  }

  /** Those that a tick may see. */
  private Dataset<Row> states(@Nullable Dataset<Row> folded) {
    Dataset<Row> states = folded;
    StoredState stored = old;
    if (stored != null && increment.start() == Increment.Start.ADDING) {
      Instant from = stored.coverage().from();
      // Files may hold older rows too, which are of events that are read singly now.
      Dataset<Row> held =
          from == null
              ? stored.rows()
              : stored.rows().where(col(Folding.CELL).gt(instant(SpineRows.micros(from))));
      states = folded == null ? held : held.unionByName(folded);
    }
    Column seen =
        col(ResolvedTrainingSet.EVENT_TIME).leq(instant(grid.tickFrom(asked.lastMicros())));
    if (view.lookBack().isPresent()) {
      Column from = instant(asked.firstMicros() - view.lookBack().get());
      // Files are left out by the first, and rows by the second.
      seen = seen.and(col(ResolvedTrainingSet.EVENT_TIME).gt(from)).and(col(Folding.CELL).gt(from));
    }
    return Objects.requireNonNull(states, "neither a state nor events").where(seen);
  }

  private Dataset<Row> ofLookup(Dataset<Row> rows, int lookup) {
    return now.size() == 1 ? rows : rows.where(col(LOOKUP).equalTo(lit(lookup)));
  }
}
