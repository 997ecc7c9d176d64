package dev.tidemark.pit;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.timestamp_micros;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.jspecify.annotations.Nullable;

/** SharedEvents that are read once, for all lookups that have the same rows and keys. */
final class SharedEvents {
  private final Dataset<Row> source;
  private final List<String> keyColumns;
  private final boolean corrected;
  private final Dataset<Row> rows;
  private final Map<ExprId, Expression> same;
  private final List<PreparedLookup> lookups = new ArrayList<>();
  // The event times that any lookup may see, unless one may see any.
  private @Nullable TimeRange seen;
  private boolean anyTime;
  // Of all lookups, when they are there: each asks Spark's analyzer or optimizer.
  private @Nullable Dataset<Row> needed;
  private @Nullable Double size;

  private SharedEvents(PointInTimeJoin join, Lookup lookup) {
    source = lookup.events();
    keyColumns = keyColumns(lookup);
    corrected = !lookup.rowKey().isEmpty();
    Dataset<Row> events =
        corrected ? new ReferenceLookup(join.spine(), join.asOf(), lookup, true).events() : source;
    // New names inside, so that nothing is shared with the spine or other events.
    List<Column> fresh = new ArrayList<>();
    for (String column : events.columns()) {
      fresh.add(Columns.named(column).as(column));
    }
    rows = events.select(Columns.seq(fresh));
    same = same(rows);
  }

  /** Those among {@code known} that a lookup can share, or new ones. */
  static SharedEvents of(List<SharedEvents> known, PointInTimeJoin join, Lookup lookup) {
    for (SharedEvents events : known) {
      // When corrections are known depends on the lookup, so those are not shared.
      if (!events.corrected
          && lookup.rowKey().isEmpty()
          && events.keyColumns.equals(keyColumns(lookup))
          && (events.source == lookup.events() || events.source.sameSemantics(lookup.events()))) {
        return events;
      }
    }
    SharedEvents made = new SharedEvents(join, lookup);
    known.add(made);
    return made;
  }

  private static List<String> keyColumns(Lookup lookup) {
    return lookup.keys().stream().map(Lookup.Key::eventColumn).toList();
  }

  void add(Lookup lookup, int number, @Nullable TimeRange asked) {
    TimeRange own = asked == null ? null : lookup.seenFrom(asked);
    anyTime |= own == null;
    seen = seen == null || own == null ? own : seen.and(own);
    needed = null;
    size = null;
    lookups.add(new PreparedLookup(lookup, number, rows, same));
  }

  /** The last one added asks for slots, and not for windows. */
  void fold() {
    lookups.get(lookups.size() - 1).fold();
  }

  /** Whether rows replace one another, so that they are shuffled before. */
  boolean areCorrected() {
    return corrected;
  }

  /** The keys of the rows that any T may see. */
  Dataset<Row> keyCells() {
    return seenRows().select(Columns.seq(keyColumns.stream().map(Columns::named).toList()));
  }

  List<PreparedLookup> lookups() {
    return lookups;
  }

  List<Expression> keys() {
    PreparedLookup any = lookups.get(0);
    return any.expressions().subList(0, keyColumns.size());
  }

  /** Event time and visible from. */
  List<Expression> times() {
    PreparedLookup any = lookups.get(0);
    return any.expressions().subList(keyColumns.size(), keyColumns.size() + 2);
  }

  /** The rows that any T may see, with the columns that any lookup reads. */
  Dataset<Row> needed() {
    Dataset<Row> known = needed;
    if (known == null) {
      known = seenRows().select(Columns.seq(neededColumns()));
      needed = known;
    }
    return known;
  }

  /** Spark's estimate of them, in bytes. */
  double size() {
    Double known = size;
    if (known == null) {
      known = Plans.size(needed());
      size = known;
    }
    return known;
  }

  private List<Column> neededColumns() {
    List<Column> columns = new ArrayList<>();
    for (Attribute attribute : Columns.list(Plans.analyzed(rows).output())) {
      boolean isRead =
          lookups.stream()
              .flatMap(lookup -> lookup.expressions().stream())
              .anyMatch(expression -> expression.references().contains(attribute));
      if (isRead) {
        columns.add(ExpressionUtils.column(attribute));
      }
    }
    return columns;
  }

  private Dataset<Row> seenRows() {
    TimeRange range = seen;
    if (range == null || anyTime) {
      return rows;
    }
    return within(rows, range);
  }

  /** Events of a range of times, in bounds by which their source may leave out files. */
  static Dataset<Row> within(Dataset<Row> events, TimeRange range) {
    Column time = col(EventColumns.EVENT_TIME);
    Dataset<Row> until = events.where(time.leq(timestamp_micros(lit(range.lastMicros()))));
    return range.firstMicros() == Long.MIN_VALUE
        ? until
        : until.where(time.geq(timestamp_micros(lit(range.firstMicros()))));
  }

  /**
   * Columns that hold what another one holds, or a constant, so that nothing is shuffled twice:
   * where a source has no available time, its event time stands in for it.
   */
  private static Map<ExprId, Expression> same(Dataset<Row> rows) {
    Map<ExprId, Expression> same = new HashMap<>();
    List<Attribute> columns = Columns.list(Plans.analyzed(rows).output());
    // The optimizer may keep other attributes than the analyzer, in the same order.
    LogicalPlan plan =
        ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().optimizedPlan();
    List<List<Expression>> origins = origins(plan);
    for (int i = 0; i < columns.size(); i++) {
      int column = i;
      Expression first = origins.get(0).get(i);
      if (first instanceof Literal && all(origins, own -> own.get(column).equals(first))) {
        same.put(columns.get(i).exprId(), first);
      }
      for (int j = 0; j < i && !same.containsKey(columns.get(i).exprId()); j++) {
        int other = j;
        if (all(origins, own -> own.get(column).semanticEquals(own.get(other)))) {
          same.put(columns.get(i).exprId(), columns.get(j));
        }
      }
    }
    return same;
  }

  private static boolean all(
      List<List<Expression>> origins, Predicate<List<Expression>> condition) {
    return origins.stream().allMatch(condition);
  }

  /** What each column is made of, in each of the plans whose union a plan is. */
  private static List<List<Expression>> origins(LogicalPlan plan) {
    if (plan instanceof Union union) {
      return Columns.list(union.children()).stream()
          .flatMap(child -> origins(child).stream())
          .toList();
    }
    List<NamedExpression> columns = new ArrayList<>();
    if (plan instanceof Project project) {
      columns.addAll(Columns.list(project.projectList()));
    } else {
      Columns.list(plan.output()).forEach(column -> columns.add((NamedExpression) column));
    }
    return List.of(columns.stream().map(SharedEvents::origin).toList());
  }

  private static Expression origin(NamedExpression column) {
    return column instanceof Alias alias
        ? alias.child()
        : (Expression) (Object) column.toAttribute();
  }
}
