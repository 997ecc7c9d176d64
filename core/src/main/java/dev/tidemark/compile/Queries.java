package dev.tidemark.compile;

import dev.tidemark.definition.Sql;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.plans.QueryPlan;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.CompoundPlanStatement;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.jspecify.annotations.Nullable;

/**
 * Queries of definitions: parsed as queries only, so that nothing else can be run by them, and
 * analyzed over their inputs.
 */
final class Queries {
  private final SparkSession session;
  private final Findings findings;

  Queries(SparkSession session, Findings findings) {
    this.session = session;
    this.findings = findings;
  }

  /** A query over tables of catalogs. */
  Optional<Dataset<Row>> ofCatalog(Sql sql, String of) {
    return analyzed(sql, of, null);
  }

  /** A query over nothing but its inputs, by their names. */
  Optional<Dataset<Row>> ofInputs(Sql sql, String of, Map<String, Dataset<Row>> inputs) {
    return analyzed(sql, of, inputs);
  }

  /** Inputs that bear their names in the plans that are made of them. */
  Map<String, Dataset<Row>> named(Map<String, Dataset<Row>> inputs) {
    SparkSession own = withViews(inputs);
    Map<String, Dataset<Row>> named = new LinkedHashMap<>();
    inputs
        .keySet()
        .forEach(
            name ->
                named.put(name, SparkPlans.ofPlan(session, SparkPlans.analyzed(own.table(name)))));
    return named;
  }

  /** A session of its own: the inputs' names must hide nothing from others, and stay nowhere. */
  private SparkSession withViews(Map<String, Dataset<Row>> inputs) {
    SparkSession own = SparkPlans.classic(session).cloneSession();
    inputs.forEach(
        (name, rows) ->
            SparkPlans.ofPlan(own, SparkPlans.analyzed(rows)).createOrReplaceTempView(name));
    return own;
  }

  private Optional<Dataset<Row>> analyzed(
      Sql sql, String of, @Nullable Map<String, Dataset<Row>> inputs) {
    try {
      LogicalPlan parsed = SparkPlans.parseQuery(session, sql.text());
      if (isMoreThanAQuery(parsed)) {
        findings
            .mistakes()
            .add(sql.origin(), "not a query: only SELECT and what it is made of may stand here");
        return Optional.empty();
      }
      if (inputs != null && !readsOnly(parsed, sql, of, inputs.keySet())) {
        return Optional.empty();
      }
      SparkSession own = withViews(inputs == null ? Map.of() : inputs);
      LogicalPlan plan = SparkPlans.analyzed(own, parsed);
      String text = Determinism.whyNot(sql.text());
      String why = text == null ? Determinism.whyNot(plan) : text;
      if (why != null) {
        findings
            .mistakes()
            .add(
                sql.origin(),
                why,
                "the same data must give the same rows on every run; use columns of the inputs");
        return Optional.empty();
      }
      return Optional.of(SparkPlans.ofPlan(session, plan));
    } catch (Exception e) {
      failed(e, sql, of, inputs);
      return Optional.empty();
    }
  }

  /** The parsers of Delta and Iceberg take commands for queries too. */
  private static boolean isMoreThanAQuery(LogicalPlan parsed) {
    return parsed instanceof Command
        || parsed instanceof ParsedStatement
        || parsed instanceof CompoundPlanStatement
        || SparkPlans.list(parsed.children()).stream().anyMatch(Queries::isMoreThanAQuery);
  }

  private void failed(Exception e, Sql sql, String of, @Nullable Map<String, Dataset<Row>> inputs) {
    if (!(e instanceof SparkThrowable throwable)) {
      throw e instanceof RuntimeException unexpected ? unexpected : new IllegalStateException(e);
    }
    if (inputs == null && "TABLE_OR_VIEW_NOT_FOUND".equals(throwable.getCondition())) {
      findings
          .missing()
          .add(
              sql.origin(), "%s reads a table that is not there".formatted(of), SqlErrors.brief(e));
      return;
    }
    List<String> known = new ArrayList<>();
    if (inputs != null) {
      inputs.values().forEach(rows -> known.addAll(List.of(rows.columns())));
    }
    SqlErrors.add(findings.mistakes(), e, sql, inputs == null ? of : "the inputs of " + of, known);
  }

  private boolean readsOnly(LogicalPlan parsed, Sql sql, String of, Set<String> inputs) {
    Set<String> read = new HashSet<>();
    Set<String> withs = new HashSet<>();
    collect(parsed, read, withs);
    boolean right = true;
    for (String name : read) {
      boolean known =
          inputs.stream().anyMatch(name::equalsIgnoreCase)
              || withs.contains(name.toLowerCase(Locale.ROOT));
      if (!known) {
        int at = sql.text().indexOf(name);
        findings
            .mistakes()
            .add(
                at < 0 ? sql.origin() : sql.at(at, name.length()),
                "`%s` is no input of %s".formatted(name, of),
                "its inputs are %s; add it to `inputs`".formatted(String.join(", ", inputs)));
        right = false;
      }
    }
    return right;
  }

  private static void collect(QueryPlan<?> plan, Set<String> read, Set<String> withs) {
    if (plan instanceof UnresolvedRelation relation) {
      read.add(String.join(".", SparkPlans.list(relation.multipartIdentifier())));
    }
    if (plan instanceof UnresolvedWith with) {
      SparkPlans.list(with.cteRelations())
          .forEach(
              named -> {
                withs.add(String.valueOf(named._1()).toLowerCase(Locale.ROOT));
                collect((QueryPlan<?>) named._2(), read, withs);
              });
    }
    for (Object child : SparkPlans.list(plan.children())) {
      collect((QueryPlan<?>) child, read, withs);
    }
    for (Expression expression : SparkPlans.list(plan.expressions())) {
      collect(expression, read, withs);
    }
  }

  private static void collect(Expression expression, Set<String> read, Set<String> withs) {
    if (expression instanceof PlanExpression<?> subquery) {
      collect((QueryPlan<?>) subquery.plan(), read, withs);
    }
    SparkPlans.list(expression.children()).forEach(child -> collect(child, read, withs));
  }
}
