package dev.tidemark.compile;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.definition.Label;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Rows;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.plan.BoundKey;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedTrainingSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.expressions.Window;
import org.jspecify.annotations.Nullable;

/**
 * The spine of a training set: its keys, T, kept columns, the label where it is a value of the row,
 * and columns for roles.
 *
 * @param rows the spine
 * @param counts see {@link CompiledTrainingSet#counts}
 * @param roles the spine's column of each source column that holds a key in another role
 */
record SpineRows(Dataset<Row> rows, Dataset<Row> counts, Map<String, String> roles) {
  private static final String USABLE = EventColumns.RESERVED_PREFIX + "usable";
  private static final String RANK = EventColumns.RESERVED_PREFIX + "rank";
  private static final String ROLE = EventColumns.RESERVED_PREFIX + "role_";

  /** Reads and checks the spine; nothing if anything is wrong with it, which has then been said. */
  static Optional<SpineRows> of(
      ResolvedTrainingSet set,
      EventRows rows,
      @Nullable Instant asOf,
      SparkSession session,
      Findings findings) {
    Optional<Dataset<Row>> events = rows.of(set.spine());
    if (events.isEmpty()) {
      return Optional.empty();
    }
    Rows source = set.spine();
    String of = source.ref().toString();
    Expressions expressions = new Expressions(session, findings.mistakes());
    KeyTypes keyTypes = new KeyTypes(findings.mistakes());
    boolean right = true;
    List<Column> columns = new ArrayList<>();
    for (BoundKey key : set.keys()) {
      Optional<Column> typed = keyTypes.typed(key, events.get(), of);
      right &= typed.isPresent();
      typed.ifPresent(column -> columns.add(column.as(key.key().name())));
    }
    columns.add(col(EventColumns.EVENT_TIME).as(ResolvedTrainingSet.EVENT_TIME));
    for (Named kept : set.keep()) {
      right &= keyTypes.column(events.get(), kept.name(), kept.origin(), of).isPresent();
      columns.add(SparkPlans.named(kept.name()).as(kept.name()));
    }
    if (set.where() != null) {
      right &= expressions.condition(set.where(), events.get(), of);
    }
    Label label = set.label();
    if (label != null && set.trainingSet().spine() == null) {
      right &=
          label
              .target()
              .match(
                  ofRow -> {
                    columns.add(expr(ofRow.value().text()).as(label.ref().name()));
                    return expressions.rowLevel(ofRow.value(), events.get(), of).isPresent();
                  },
                  over -> true);
    }
    Map<String, String> roles = new LinkedHashMap<>();
    for (ResolvedSelection selection : set.selections()) {
      right &= roles(selection, events.get(), of, keyTypes, roles, columns);
    }
    if (!right) {
      return Optional.empty();
    }
    Dataset<Row> known = known(events.get(), source, set.keys(), asOf);
    Dataset<Row> asked =
        set.where() == null ? known : known.where(coalesce(expr(set.where().text()), lit(false)));
    Dataset<Row> marked = asked.withColumn(USABLE, usable(set, asOf));
    Column noTime = col(EventColumns.EVENT_TIME).isNull();
    Column time = unix_micros(col(EventColumns.EVENT_TIME));
    Dataset<Row> counts =
        marked
            .groupBy()
            .agg(
                count_if(col(USABLE).and(not(noTime))).as(CompiledTrainingSet.SPINE_ROWS),
                count_if(noTime).as(CompiledTrainingSet.NULL_TIMES),
                count_if(not(col(USABLE)).and(not(noTime))).as(CompiledTrainingSet.LEFT_OUT),
                min(when(col(USABLE), time)).as(CompiledTrainingSet.FIRST_TIME),
                max(when(col(USABLE), time)).as(CompiledTrainingSet.LAST_TIME));
    Dataset<Row> spine =
        marked.where(col(USABLE).and(not(noTime))).select(SparkPlans.columns(columns));
    return Optional.of(new SpineRows(spine, counts, roles));
  }

  static boolean roles(
      ResolvedSelection selection,
      Dataset<Row> events,
      String of,
      KeyTypes keyTypes,
      Map<String, String> roles,
      List<Column> columns) {
    boolean right = true;
    for (int i = 0; i < selection.spineColumns().size(); i++) {
      ResolvedSelection.SpineColumn column = selection.spineColumns().get(i);
      if (column.role()) {
        BoundKey key = selection.view().keys().get(i);
        Named named = new Named(column.name(), selection.selection().origin());
        Optional<Column> typed = keyTypes.typed(new BoundKey(key.key(), named), events, of);
        right &= typed.isPresent();
        String role = role(column.name(), key);
        if (typed.isPresent() && roles.putIfAbsent(role, role) == null) {
          columns.add(typed.get().as(role));
        }
      }
    }
    return right;
  }

  /**
   * The spine's column for a source column that is compared with a key; another type of key is
   * another column.
   */
  static String role(String column, BoundKey key) {
    return ROLE + column.toLowerCase(Locale.ROOT) + "_" + key.key().type().replaceAll("\\W", "_");
  }

  /**
   * What was known at the as-of time: of rows with equal keys and row-key the last, and no deleted
   * ones.
   */
  static Dataset<Row> known(
      Dataset<Row> events, Rows source, List<BoundKey> keys, @Nullable Instant asOf) {
    Dataset<Row> visible = events;
    if (!source.time().rowKey().isEmpty()) {
      List<Column> same = new ArrayList<>();
      Column incomplete = lit(false);
      for (BoundKey key : keys) {
        same.add(SparkPlans.named(key.column().name()));
      }
      for (Named column : source.time().rowKey()) {
        same.add(SparkPlans.named(column.name()));
        incomplete = incomplete.or(SparkPlans.named(column.name()).isNull());
      }
      List<Column> order = new ArrayList<>();
      order.add(visibleAt(asOf).cast("int").desc());
      order.add(col(EventColumns.AVAILABLE_TIME).desc_nulls_last());
      for (Named column : source.time().tieBreak()) {
        order.add(SparkPlans.named(column.name()).desc_nulls_last());
      }
      order.add(col(EventColumns.EVENT_TIME).desc_nulls_last());
      order.add(col(EventColumns.DELETED).asc());
      // So that one row wins, and the same on every run.
      Expressions.userColumns(events).stream()
          .sorted(String.CASE_INSENSITIVE_ORDER)
          .filter(name -> RowOrdering.isOrderable(events.schema().apply(name).dataType()))
          .forEach(name -> order.add(SparkPlans.named(name).desc_nulls_last()));
      Column first =
          row_number()
              .over(Window.partitionBy(SparkPlans.columns(same)).orderBy(SparkPlans.columns(order)))
              .equalTo(1);
      // A row that is not visible yet replaces none and is counted by itself.
      visible =
          events
              .withColumn(RANK, first.or(incomplete).or(not(visibleAt(asOf))))
              .where(col(RANK))
              .drop(RANK);
    }
    return visible.where(not(col(EventColumns.DELETED)));
  }

  static Column visibleAt(@Nullable Instant asOf) {
    return asOf == null
        ? lit(true)
        : coalesce(unix_micros(col(EventColumns.VISIBLE_FROM)).leq(lit(micros(asOf))), lit(false));
  }

  /** False for rows whose label is not known at the as-of time. */
  private static Column usable(ResolvedTrainingSet set, @Nullable Instant asOf) {
    Column visible = visibleAt(asOf);
    Label label = set.label();
    if (label == null || asOf == null) {
      return visible;
    }
    return label
        .target()
        .match(
            ofRow -> visible,
            over ->
                visible.and(
                    coalesce(
                        unix_micros(col(EventColumns.EVENT_TIME))
                            .plus(lit(over.horizon().micros()))
                            .leq(lit(micros(asOf))),
                        lit(false))));
  }

  static long micros(Instant instant) {
    return Interval.micros(instant);
  }
}
