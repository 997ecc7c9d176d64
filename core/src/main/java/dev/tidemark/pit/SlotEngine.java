package dev.tidemark.pit;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.pit.kernel.Slots;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RuntimeConfig;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractPartialFunction;

/**
 * Point-in-time joins by slots: events are read once, in any order, and never multiplied.
 *
 * <p>All lookups by the same columns of the spine share its partitioning and its index. What slots
 * cannot hold goes to the {@link ReferenceEngine}: static sources, maps ({@code by}), DISTINCT
 * aggregates, and keys whose equality is not that of their bytes.
 *
 * <p>The session must have {@link PointInTimeExtensions}.
 */
public final class SlotEngine implements Engine {
  /** The Spark setting of how many partitions spine and events are put into; else by size. */
  static final String PARTITIONS = "spark.tidemark.partitions";

  private static final String P = EventColumns.RESERVED_PREFIX;
  // Estimates are of files, which are several times smaller than rows and slots in memory.
  private static final double SMALL_PARTITION = 8L << 20;
  private static final double GREAT_PARTITION = 64L << 20;
  private static final double MANY_PARTITIONS = 256;
  private static final double UNKNOWN_SIZE = 1L << 60;
  // Every task reads all events that are broadcast.
  private static final double FEW_EVENTS = 8;
  // A row of the spine has several slots.
  private static final double SPINE_WEIGHT = 3;

  @Override
  public Dataset<Row> join(PointInTimeJoin join) {
    Map<List<String>, List<Events>> bySpineColumns = new LinkedHashMap<>();
    List<Lookup> others = new ArrayList<>();
    int number = 0;
    for (Lookup lookup : join.lookups()) {
      List<Output> inSlots = new ArrayList<>();
      List<Output> outside = new ArrayList<>();
      boolean fits = lookup.timed() && hasPlainKeys(lookup);
      for (Output output : lookup.outputs()) {
        (fits && fits(lookup, output) ? inSlots : outside).add(output);
      }
      if (!outside.isEmpty()) {
        others.add(with(lookup, outside));
      }
      if (!inSlots.isEmpty()) {
        List<String> columns = lookup.keys().stream().map(Lookup.Key::spineColumn).toList();
        Events.of(bySpineColumns.computeIfAbsent(columns, none -> new ArrayList<>()), join, lookup)
            .add(with(lookup, inSlots), number++, join.asked());
      }
    }
    Dataset<Row> result = join.spine();
    for (Map.Entry<List<String>, List<Events>> alike : bySpineColumns.entrySet()) {
      result = joined(result, join.asOf(), alike.getKey(), alike.getValue());
    }
    for (Lookup lookup : others) {
      result = new ReferenceLookup(join.spine(), join.asOf(), lookup, true).joinTo(result);
    }
    List<Column> order = new ArrayList<>();
    for (String column : join.spine().columns()) {
      order.add(Columns.named(column));
    }
    join.lookups()
        .forEach(
            lookup -> lookup.outputs().forEach(output -> order.add(Columns.named(output.name()))));
    return result.select(Columns.seq(order));
  }

  private static Lookup with(Lookup lookup, List<Output> outputs) {
    return new Lookup(
        lookup.title(),
        lookup.events(),
        lookup.keys(),
        lookup.timed(),
        lookup.exclusive(),
        lookup.lagMicros(),
        lookup.tieBreak(),
        lookup.lastTieBreak(),
        lookup.rowKey(),
        lookup.where(),
        outputs);
  }

  private static boolean hasPlainKeys(Lookup lookup) {
    return lookup.keys().stream()
        .allMatch(
            key -> {
              DataType type = lookup.events().schema().apply(key.eventColumn()).dataType();
              return Input.Kind.of(type).isWhole()
                  || type instanceof BooleanType
                  || type instanceof DecimalType
                  || (type instanceof StringType text && text.supportsBinaryEquality());
            });
  }

  private static boolean fits(Lookup lookup, Output output) {
    return output.match(
        latest -> true,
        windowed ->
            windowed.by() == null
                && FilteredAggregate.strategy(lookup.events(), expr(windowed.aggregate()))
                    != FilteredAggregate.Strategy.DISTINCT);
  }

  private static Dataset<Row> joined(
      Dataset<Row> spine, String asOf, List<String> keys, List<Events> allEvents) {
    List<Strategy> strategies = strategies(spine, allEvents);
    boolean stays = strategies.stream().allMatch(Strategy.BROADCAST_EVENTS::equals);
    strategies.add(0, Strategy.SHUFFLE);
    int partitions = partitions(spine, allEvents);
    Seq<Expression> spineKeys =
        Columns.seq(keys.stream().map(key -> expression(spine, Columns.named(key))).toList());
    Expression time = expression(spine, Columns.named(asOf));
    List<LogicalPlan> inputs = new ArrayList<>();
    LogicalPlan packedSpine =
        packed(spine, spineKeys, Columns.seq(List.of()), true, stays ? 1 : partitions);
    inputs.add(stays ? packedSpine : partitioned(spine.sparkSession(), packedSpine, partitions));
    List<Seq<Attribute>> inputColumns = new ArrayList<>(List.of(output(spine)));
    List<Seq<Expression>> expressions = new ArrayList<>();
    List<LookupSpec> specs = new ArrayList<>();
    List<Attribute> results = new ArrayList<>();
    Map<Integer, List<Column>> byNumber = new TreeMap<>();
    for (Events events : allEvents) {
      Dataset<Row> needed = events.needed();
      boolean broadcast = strategies.get(inputs.size()) == Strategy.BROADCAST_EVENTS;
      LogicalPlan packedEvents =
          packed(
              needed,
              Columns.seq(events.keys()),
              Columns.seq(events.times()),
              false,
              broadcast ? 1 : partitions);
      inputs.add(
          broadcast ? packedEvents : partitioned(spine.sparkSession(), packedEvents, partitions));
      inputColumns.add(output(needed));
      for (Prepared lookup : events.lookups()) {
        expressions.add(Columns.seq(lookup.expressions()));
        specs.add(lookup.spec(inputs.size() - 1));
        results.addAll(lookup.results());
        byNumber.put(lookup.number, lookup.columns());
      }
    }
    List<Column> columns = new ArrayList<>();
    for (String column : spine.columns()) {
      columns.add(Columns.named(column));
    }
    byNumber.values().forEach(columns::addAll);
    SlotJoin node =
        new SlotJoin(
            Columns.seq(inputs),
            inputColumns,
            strategies,
            spineKeys,
            time,
            Columns.seq(expressions),
            specs,
            Columns.seq(results));
    return dataset(spine.sparkSession(), node).select(Columns.seq(columns));
  }

  private static Dataset<Row> dataset(SparkSession session, LogicalPlan plan) {
    return org.apache.spark.sql.classic.Dataset$.MODULE$.ofRows(
        (org.apache.spark.sql.classic.SparkSession) session, plan);
  }

  private static LogicalPlan packed(
      Dataset<Row> rows,
      Seq<Expression> keys,
      Seq<Expression> required,
      boolean keyless,
      int partitions) {
    return new Pack(keys, required, keyless, partitions, Pack.columns(), analyzed(rows));
  }

  private static LogicalPlan partitioned(SparkSession session, LogicalPlan pack, int partitions) {
    return analyzed(
        dataset(session, pack)
            .repartitionById(partitions, ExpressionUtils.column(pack.output().head())));
  }

  /** Of each events. */
  private static List<Strategy> strategies(Dataset<Row> spine, List<Events> allEvents) {
    Strategy given = Strategy.given(spine.sparkSession());
    double most =
        ((org.apache.spark.sql.classic.SparkSession) spine.sparkSession())
            .sessionState()
            .conf()
            .autoBroadcastJoinThreshold();
    double spineSize = size(spine);
    List<Strategy> strategies = new ArrayList<>();
    for (Events events : allEvents) {
      if (given != null) {
        strategies.add(given);
      } else {
        double size = size(events.needed());
        boolean few = size <= most && FEW_EVENTS * size <= spineSize;
        strategies.add(few ? Strategy.BROADCAST_EVENTS : Strategy.SHUFFLE);
      }
    }
    return strategies;
  }

  /** So many that a partition's slots stay in a processor's cache, while the data is not huge. */
  private static int partitions(Dataset<Row> spine, List<Events> allEvents) {
    RuntimeConfig settings = spine.sparkSession().conf();
    Option<String> given = settings.getOption(PARTITIONS);
    if (given.isDefined()) {
      return Math.max(1, Integer.parseInt(given.get()));
    }
    double bytes = SPINE_WEIGHT * size(spine);
    for (Events events : allEvents) {
      bytes += size(events.needed());
    }
    if (bytes > UNKNOWN_SIZE) {
      return Integer.parseInt(settings.get("spark.sql.shuffle.partitions"));
    }
    double most = Math.max(MANY_PARTITIONS, bytes / GREAT_PARTITION);
    return (int) Math.ceil(Math.max(1, Math.min(most, bytes / SMALL_PARTITION)));
  }

  /** Spark's estimate, in bytes. */
  private static double size(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows)
        .queryExecution()
        .optimizedPlan()
        .stats()
        .sizeInBytes()
        .doubleValue();
  }

  private static Seq<Attribute> output(Dataset<Row> rows) {
    return Columns.seq(Columns.list(analyzed(rows).output()));
  }

  private static LogicalPlan analyzed(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().analyzed();
  }

  /** A column as it is resolved over rows. */
  private static Expression expression(Dataset<Row> rows, Column column) {
    NamedExpression named =
        ((Project) analyzed(rows.select(column.as(P + "e")))).projectList().head();
    return ((Alias) named).child();
  }

  /** Events that are read once, for all lookups that have the same rows and keys. */
  private static final class Events {
    private final Dataset<Row> source;
    private final List<String> keyColumns;
    private final boolean corrected;
    private final Dataset<Row> rows;
    private final Map<ExprId, Expression> same;
    private final List<Prepared> lookups = new ArrayList<>();
    // The event times that any lookup may see, unless one may see any.
    private @Nullable TimeRange seen;
    private boolean anyTime;

    private Events(PointInTimeJoin join, Lookup lookup) {
      source = lookup.events();
      keyColumns = keyColumns(lookup);
      corrected = !lookup.rowKey().isEmpty();
      Dataset<Row> events =
          corrected
              ? new ReferenceLookup(join.spine(), join.asOf(), lookup, true).events()
              : source;
      // New names inside, so that nothing is shared with the spine or other events.
      List<Column> fresh = new ArrayList<>();
      for (String column : events.columns()) {
        fresh.add(Columns.named(column).as(column));
      }
      rows = events.select(Columns.seq(fresh));
      same = same(rows);
    }

    /** Those among {@code known} that a lookup can share, or new ones. */
    static Events of(List<Events> known, PointInTimeJoin join, Lookup lookup) {
      for (Events events : known) {
        // When corrections are known depends on the lookup, so those are not shared.
        if (!events.corrected
            && lookup.rowKey().isEmpty()
            && events.keyColumns.equals(keyColumns(lookup))
            && (events.source == lookup.events() || events.source.sameSemantics(lookup.events()))) {
          return events;
        }
      }
      Events made = new Events(join, lookup);
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
      lookups.add(new Prepared(lookup, number, rows, same));
    }

    List<Prepared> lookups() {
      return lookups;
    }

    List<Expression> keys() {
      Prepared any = lookups.get(0);
      return any.expressions().subList(0, keyColumns.size());
    }

    /** Event time and visible from. */
    List<Expression> times() {
      Prepared any = lookups.get(0);
      return any.expressions().subList(keyColumns.size(), keyColumns.size() + 2);
    }

    /** The rows that any T may see, with the columns that any lookup reads. */
    Dataset<Row> needed() {
      List<Column> needed = new ArrayList<>();
      for (Attribute attribute : Columns.list(analyzed(rows).output())) {
        boolean isRead =
            lookups.stream()
                .flatMap(lookup -> lookup.expressions().stream())
                .anyMatch(expression -> expression.references().contains(attribute));
        if (isRead) {
          needed.add(ExpressionUtils.column(attribute));
        }
      }
      return seenRows().select(Columns.seq(needed));
    }

    /** Told to the source as plain bounds, by which it may leave out files and partitions. */
    private Dataset<Row> seenRows() {
      TimeRange range = seen;
      if (range == null || anyTime) {
        return rows;
      }
      Column time = col(EventColumns.EVENT_TIME);
      Dataset<Row> until = rows.where(time.leq(timestamp_micros(lit(range.lastMicros()))));
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
      List<Attribute> columns = Columns.list(analyzed(rows).output());
      // The optimizer may keep other attributes than the analyzer, in the same order.
      LogicalPlan plan =
          ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().optimizedPlan();
      if (plan instanceof Project project && project.projectList().size() == columns.size()) {
        List<NamedExpression> origins = Columns.list(project.projectList());
        for (int i = 0; i < columns.size(); i++) {
          Expression own = origin(origins.get(i));
          if (own instanceof Literal) {
            same.put(columns.get(i).exprId(), own);
          }
          for (int j = 0; j < i && !same.containsKey(columns.get(i).exprId()); j++) {
            if (own.semanticEquals(origin(origins.get(j)))) {
              same.put(columns.get(i).exprId(), columns.get(j));
            }
          }
        }
      }
      return same;
    }

    private static Expression origin(NamedExpression column) {
      return column instanceof Alias alias
          ? alias.child()
          : (Expression) (Object) column.toAttribute();
    }
  }

  /** One lookup's part of a {@link SlotJoin}. */
  private static final class Prepared {
    private final Lookup lookup;
    private final int number;
    private final Dataset<Row> rows;
    private final Map<ExprId, Expression> same;
    private final String prefix;
    private final List<Expression> conditions = new ArrayList<>();
    private final List<Expression> functions = new ArrayList<>();
    private final List<@Nullable Integer> conditionOf = new ArrayList<>();
    private final List<Expression> payload = new ArrayList<>();
    private final List<Integer> order = new ArrayList<>();
    private final List<Long> windows = new ArrayList<>();
    private final List<LookupSpec.Choice> choices = new ArrayList<>();
    private final List<LookupSpec.Result> wanted = new ArrayList<>();
    private final List<Attribute> results = new ArrayList<>();
    private final List<Column> columns = new ArrayList<>();

    Prepared(Lookup lookup, int number, Dataset<Row> rows, Map<ExprId, Expression> same) {
      this.lookup = lookup;
      this.number = number;
      this.rows = rows;
      this.same = same;
      this.prefix = P + "slot_" + number + "_";
      lookup
          .outputs()
          .forEach(
              output -> columns.add(output.match(this::latest, this::windowed).as(output.name())));
      if (!choices.isEmpty()) {
        decideTies();
      }
    }

    /** Puts one column in the place of all that hold the same. */
    private final class OfSame extends AbstractPartialFunction<Expression, Expression> {
      @Override
      public boolean isDefinedAt(Expression expression) {
        return expression instanceof AttributeReference column && same.containsKey(column.exprId());
      }

      @Override
      public <A extends Expression, B> B applyOrElse(A expression, scala.Function1<A, B> other) {
        Expression one =
            expression instanceof AttributeReference column ? same.get(column.exprId()) : null;
        if (one == null) {
          return other.apply(expression);
        }
        @SuppressWarnings("unchecked") // transform's functions are from Expression to Expression
        B result = (B) one;
        return result;
      }
    }

    private Column latest(Output.Latest latest) {
      int column = payload(valueOf(latest));
      LookupSpec.Choice choice =
          new LookupSpec.Choice(condition(latest.where()), latest.ignoreNulls() ? column : null);
      int chosen = choices.indexOf(choice);
      if (chosen < 0) {
        chosen = choices.size();
        choices.add(choice);
      }
      Long ttl = latest.ttlMicros();
      return result(
          new LookupSpec.OfLatest(chosen, column, ttl == null ? Slots.UNBOUNDED : ttl),
          payload.get(column).dataType());
    }

    private static Column valueOf(Output.Latest latest) {
      return when(not(col(EventColumns.DELETED)), expr(latest.value()));
    }

    /** As the reference engine orders the events of a key; see {@link Lookup}. */
    private void decideTies() {
      lookup.tieBreak().forEach(name -> order.add(payload(orderable(Columns.named(name)))));
      lookup
          .lastTieBreak()
          .forEach(
              value ->
                  order.add(payload(orderable(when(not(col(EventColumns.DELETED)), expr(value))))));
      for (Output output : lookup.outputs()) {
        Optional<Column> value =
            output.match(latest -> Optional.of(valueOf(latest)), windowed -> Optional.empty());
        value.ifPresent(found -> order.add(payload(orderable(found))));
      }
    }

    /** Maps have no order in Spark; their text has. */
    private Column orderable(Column column) {
      return RowOrdering.isOrderable(expression(rows, column).dataType())
          ? column
          : when(column.isNotNull(), to_json(struct(column), Map.of("timeZone", "UTC")));
    }

    private int payload(Column column) {
      return place(payload, expression(rows, column));
    }

    private static int place(List<Expression> known, Expression expression) {
      for (int i = 0; i < known.size(); i++) {
        if (known.get(i).semanticEquals(expression)) {
          return i;
        }
      }
      known.add(expression);
      return known.size() - 1;
    }

    private @Nullable Integer condition(@Nullable String where) {
      return where == null
          ? null
          : Integer.valueOf(place(conditions, expression(rows, coalesce(expr(where), lit(false)))));
    }

    private Column windowed(Output.Windowed windowed) {
      Expression whole = aggregate(rows, expr(windowed.aggregate()));
      Expression replaced = whole.transform(new OfResults(windowed));
      Column value = ExpressionUtils.column(replaced);
      if (windowed.whenEmpty() == null) {
        return value;
      }
      Expression count = aggregate(rows, org.apache.spark.sql.functions.count(lit(1)));
      Column found = ExpressionUtils.column(count.transform(new OfResults(windowed)));
      return when(found.equalTo(0), expr(windowed.whenEmpty()).cast(replaced.dataType()))
          .otherwise(value);
    }

    private static Expression aggregate(Dataset<Row> rows, Column aggregate) {
      Aggregate plan = (Aggregate) analyzed(rows.groupBy().agg(aggregate.as(P + "a")));
      return ((Alias) plan.aggregateExpressions().head()).child();
    }

    private Column result(LookupSpec.Result result, DataType type) {
      return ExpressionUtils.column(resultOf(result, type));
    }

    private Attribute resultOf(LookupSpec.Result result, DataType type) {
      int known = wanted.indexOf(result);
      if (known >= 0) {
        return results.get(known);
      }
      StructField field = new StructField(prefix + wanted.size(), type, true, emptyMetadata());
      Attribute attribute =
          new AttributeReference(
              field.name(),
              type,
              true,
              field.metadata(),
              NamedExpression.newExprId(),
              Columns.seq(List.<String>of()));
      wanted.add(result);
      results.add(attribute);
      return attribute;
    }

    private static org.apache.spark.sql.types.Metadata emptyMetadata() {
      return org.apache.spark.sql.types.Metadata.empty();
    }

    /** Puts the column of its result in the place of every aggregate. */
    private final class OfResults extends AbstractPartialFunction<Expression, Expression> {
      private final Output.Windowed windowed;

      OfResults(Output.Windowed windowed) {
        this.windowed = windowed;
      }

      @Override
      public boolean isDefinedAt(Expression expression) {
        return expression instanceof AggregateExpression;
      }

      @Override
      public <A extends Expression, B> B applyOrElse(A expression, scala.Function1<A, B> other) {
        if (!(expression instanceof AggregateExpression aggregate)) {
          return other.apply(expression);
        }
        @SuppressWarnings("unchecked") // transform's functions are from Expression to Expression
        B result = (B) resultOf(aggregate);
        return result;
      }

      private Expression resultOf(AggregateExpression aggregate) {
        Expression own = aggregate.filter().isDefined() ? aggregate.filter().get() : null;
        Column seen =
            windowed.where() == null ? lit(true) : coalesce(expr(windowed.where()), lit(false));
        if (own != null) {
          seen = seen.and(coalesce(ExpressionUtils.column(own), lit(false)));
        }
        Integer condition =
            own == null && windowed.where() == null
                ? null
                : Integer.valueOf(place(conditions, expression(rows, seen)));
        AggregateFunction function = aggregate.aggregateFunction();
        int number = -1;
        for (int i = 0; i < functions.size(); i++) {
          if (functions.get(i).semanticEquals(function)
              && java.util.Objects.equals(conditionOf.get(i), condition)) {
            number = i;
          }
        }
        if (number < 0) {
          number = functions.size();
          functions.add(function);
          conditionOf.add(condition);
        }
        Long length = windowed.windowMicros();
        long micros = length == null ? Slots.UNBOUNDED : length;
        if (!windows.contains(micros)) {
          windows.add(micros);
        }
        return Prepared.this.resultOf(
            new LookupSpec.OfWindow(number, windows.indexOf(micros)), aggregate.dataType());
      }
    }

    List<Expression> expressions() {
      List<Expression> all = new ArrayList<>();
      lookup.keys().forEach(key -> all.add(expression(rows, Columns.named(key.eventColumn()))));
      all.add(expression(rows, col(EventColumns.EVENT_TIME)));
      all.add(expression(rows, col(EventColumns.VISIBLE_FROM)));
      all.add(expression(rows, col(EventColumns.DELETED)));
      if (!lookup.rowKey().isEmpty()) {
        all.add(expression(rows, col(ReferenceLookup.REPLACED_FROM)));
      }
      if (lookup.where() != null) {
        all.add(expression(rows, coalesce(expr(lookup.where()), lit(false))));
      }
      all.addAll(conditions);
      all.addAll(functions);
      all.addAll(payload);
      all.replaceAll(expression -> expression.transform(new OfSame()));
      return all;
    }

    LookupSpec spec(int input) {
      return new LookupSpec(
          lookup.title(),
          input,
          lookup.keys().size(),
          lookup.exclusive(),
          lookup.lagMicros(),
          !lookup.rowKey().isEmpty(),
          lookup.where() != null,
          conditions.size(),
          conditionOf,
          payload.size(),
          order,
          windows,
          choices,
          wanted);
    }

    List<Attribute> results() {
      return results;
    }

    List<Column> columns() {
      return columns;
    }
  }
}
