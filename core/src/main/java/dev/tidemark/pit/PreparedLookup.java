package dev.tidemark.pit;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.pit.kernel.Slots;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;
import scala.runtime.AbstractPartialFunction;

/** One lookup's part of a {@link SlotJoin}. */
final class PreparedLookup {
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
  private final boolean stated;
  private @Nullable List<Expression> resolved;

  PreparedLookup(Lookup lookup, int number, Dataset<Row> rows, Map<ExprId, Expression> same) {
    this.lookup = lookup;
    this.stated = List.of(rows.columns()).contains(EventColumns.STATE);
    this.number = number;
    this.rows = rows;
    this.same = same;
    this.prefix = EventColumns.RESERVED_PREFIX + "slot_" + number + "_";
    lookup
        .outputs()
        .forEach(
            output -> columns.add(output.match(this::latest, this::windowed).as(output.name())));
    if (!choices.isEmpty()) {
      decideTies();
    }
  }

  /** Asks for slots in the place of windows and latest values; the column is the slots' state. */
  void fold() {
    windows.clear();
    wanted.clear();
    results.clear();
    columns.clear();
    columns.add(result(new LookupSpec.OfState(), DataTypes.BinaryType).as(EventColumns.STATE));
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
    return RowOrdering.isOrderable(Plans.expression(rows, column).dataType())
        ? column
        : when(column.isNotNull(), to_json(struct(column), Map.of("timeZone", "UTC")));
  }

  private int payload(Column column) {
    return place(payload, Plans.expression(rows, column));
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
        : Integer.valueOf(
            place(conditions, Plans.expression(rows, coalesce(expr(where), lit(false)))));
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
    Aggregate plan =
        (Aggregate)
            Plans.analyzed(rows.groupBy().agg(aggregate.as(EventColumns.RESERVED_PREFIX + "a")));
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
              : Integer.valueOf(place(conditions, Plans.expression(rows, seen)));
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
      return PreparedLookup.this.resultOf(
          new LookupSpec.OfWindow(number, windows.indexOf(micros)), aggregate.dataType());
    }
  }

  /** As {@link LookupSpec} tells their places; asked for when all outputs are known. */
  List<Expression> expressions() {
    List<Expression> known = resolved;
    if (known == null) {
      known = List.copyOf(resolve());
      resolved = known;
    }
    return known;
  }

  private List<Expression> resolve() {
    List<Expression> all = new ArrayList<>();
    lookup.keys().forEach(key -> all.add(Plans.expression(rows, Columns.named(key.eventColumn()))));
    all.add(Plans.expression(rows, col(EventColumns.EVENT_TIME)));
    all.add(Plans.expression(rows, col(EventColumns.VISIBLE_FROM)));
    all.add(Plans.expression(rows, col(EventColumns.DELETED)));
    if (!lookup.rowKey().isEmpty()) {
      all.add(Plans.expression(rows, col(ReferenceLookup.REPLACED_FROM)));
    }
    if (stated) {
      all.add(Plans.expression(rows, col(EventColumns.STATE)));
    }
    if (lookup.where() != null) {
      all.add(Plans.expression(rows, coalesce(expr(lookup.where()), lit(false))));
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
        stated,
        lookup.where() != null,
        conditions.size(),
        conditionOf,
        payload.size(),
        order,
        windows,
        choices,
        wanted);
  }

  /** The aggregate functions of its windows, each once. */
  List<Expression> functions() {
    return functions;
  }

  /** Its place among all lookups of the join. */
  int number() {
    return number;
  }

  List<Attribute> results() {
    return results;
  }

  List<Column> columns() {
    return columns;
  }
}
