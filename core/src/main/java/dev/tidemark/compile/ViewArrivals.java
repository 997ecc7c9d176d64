package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.unix_micros;

import dev.tidemark.definition.Rows;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.plan.Arrivals;
import dev.tidemark.plan.FileChanges;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.ResolvedView;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.jspecify.annotations.Nullable;

/**
 * Tells which ticks of a view new rows of its sources can reach.
 *
 * <p>That can be told where the view's events are made of source rows one by one: then the events
 * of the added rows are the added events. A join or an aggregate may change old events too.
 */
final class ViewArrivals {
  private final SparkSession session;
  private final BiFunction<InputSnapshot, List<InputFile>, Optional<FileChanges>> files;

  /**
   * @param files in what a list of files differs from an earlier one, by its state
   */
  ViewArrivals(
      SparkSession session,
      BiFunction<InputSnapshot, List<InputFile>, Optional<FileChanges>> files) {
    this.session = session;
    this.files = files;
  }

  Arrivals since(
      ResolvedView view, ViewEvents events, List<InputSnapshot> before, List<InputSnapshot> now) {
    String sources = changed(before, now);
    if (sources.isEmpty()) {
      return new Arrivals.None();
    }
    try {
      return bounds(sources, added(view, events, before), events);
    } catch (AddedRows.UntoldException e) {
      return new Arrivals.Untold(untold(sources, e));
    }
  }

  /**
   * What came to a view's events.
   *
   * @param events with the columns of the view's events; null: nothing came, or it can't be told
   * @param untold why it can't be told; null if it can
   */
  record Added(@Nullable Dataset<Row> events, @Nullable String untold) {}

  /** The events that were added. */
  Added added(
      ResolvedView view, ViewEvents events, List<InputSnapshot> before, List<InputSnapshot> now) {
    String sources = changed(before, now);
    try {
      return new Added(sources.isEmpty() ? null : added(view, events, before), null);
    } catch (AddedRows.UntoldException e) {
      return new Added(null, untold(sources, e));
    }
  }

  /** The sources of which a state is another, in words; empty if none is. */
  private static String changed(List<InputSnapshot> before, List<InputSnapshot> now) {
    Set<InputSnapshot> changed = new HashSet<>(now);
    before.forEach(changed::remove);
    return changed.stream()
        .map(input -> input.source().toString())
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  /**
   * The events of the rows that the sources got since an earlier state.
   *
   * @throws AddedRows.UntoldException if they can't be told
   */
  Dataset<Row> added(ResolvedView view, ViewEvents events, List<InputSnapshot> before) {
    LogicalPlan plan = SparkPlans.analyzed(events.events());
    if (!isRowByRow(plan)) {
      throw new AddedRows.UntoldException(
          "%s is made of more than one row at a time"
              .formatted(
                  view.sources().stream()
                      .map(Rows::ref)
                      .map(Object::toString)
                      .collect(Collectors.joining(", "))));
    }
    return SparkPlans.ofPlan(session, plan.transformUp(new AddedRows(session, before, files)));
  }

  private static String untold(String sources, AddedRows.UntoldException why) {
    return "%s changed, and which ticks that reaches can't be told: %s"
        .formatted(sources, why.getMessage());
  }

  static boolean isRowByRow(LogicalPlan plan) {
    if (plan.children().isEmpty()) {
      return true;
    }
    boolean known =
        plan instanceof Project
            || plan instanceof Filter
            || plan instanceof Union
            || plan instanceof SubqueryAlias
            || plan instanceof View;
    boolean plain =
        SparkPlans.list(plan.expressions()).stream()
            .noneMatch(
                expression ->
                    SparkPlans.contains(expression, SubqueryExpression.class::isInstance));
    return known
        && plain
        && SparkPlans.list(plan.children()).stream().allMatch(ViewArrivals::isRowByRow);
  }

  /** In one job over the added rows. */
  private static Arrivals bounds(String sources, Dataset<Row> added, ViewEvents events) {
    Row bounds =
        added
            .where(col(EventColumns.VISIBLE_FROM).isNotNull())
            .agg(
                count(lit(1)),
                min(unix_micros(col(EventColumns.VISIBLE_FROM))),
                max(unix_micros(col(EventColumns.EVENT_TIME))))
            .first();
    if (bounds.getLong(0) == 0) {
      return new Arrivals.None();
    }
    return new Arrivals.Rows(
        sources,
        bounds.getLong(0),
        instant(bounds.getLong(1)),
        // A correction takes back a row that may be younger than itself.
        events.isCorrected() ? null : instant(bounds.getLong(2)),
        events.lookBack().map(micros -> Duration.of(micros, ChronoUnit.MICROS)).orElse(null));
  }

  private static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }
}
