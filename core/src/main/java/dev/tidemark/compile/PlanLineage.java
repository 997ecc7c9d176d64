package dev.tidemark.compile;

import dev.tidemark.plan.ColumnLineage.How;
import dev.tidemark.plan.ColumnLineage.Origins;
import dev.tidemark.plan.ColumnRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationDef;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationRef;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LeafNode;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.SetOperation;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.catalyst.plans.logical.WithCTE;

/**
 * Follows the columns of a query's output to those of what it reads, through Spark's analyzed plan,
 * where every attribute has an id of its own.
 *
 * <p>What a node makes, it names: an alias has the id of the attribute above. Where a node gives
 * its output by position, as a union does, position counts. A node that is not known here makes
 * each of its own columns of all that it sees: too much is told rather than too little.
 */
final class PlanLineage {
  private final Map<String, String> inputs;
  private final Map<Long, List<SortedSet<ColumnRef>>> ctes = new HashMap<>();
  private final SortedSet<ColumnRef> conditions = new TreeSet<>();
  private final SortedMap<ColumnRef, Set<How>> how = new TreeMap<>();

  private PlanLineage(Map<String, String> inputs) {
    this.inputs = inputs;
  }

  /**
   * What the columns of a plan are made of, by name, in their order.
   *
   * @param inputs ids of resources by the names, in lower case, of the temporary views that the
   *     query reads; any other table goes by its own name
   */
  static Map<String, Origins> of(LogicalPlan analyzed, Map<String, String> inputs) {
    PlanLineage lineage = new PlanLineage(inputs);
    Map<Long, SortedSet<ColumnRef>> traced = lineage.trace(analyzed, Map.of());
    Map<String, Origins> columns = new LinkedHashMap<>();
    for (Attribute attribute : SparkPlans.list(analyzed.output())) {
      columns.put(
          attribute.name(),
          new Origins(values(attribute, traced), lineage.conditions, lineage.how));
    }
    return columns;
  }

  private static SortedSet<ColumnRef> values(
      Attribute attribute, Map<Long, SortedSet<ColumnRef>> known) {
    return known.getOrDefault(attribute.exprId().id(), new TreeSet<>());
  }

  /**
   * What each attribute below and in a node is made of, by its id.
   *
   * @param outer what a subquery sees of the query around it
   */
  private Map<Long, SortedSet<ColumnRef>> trace(
      LogicalPlan plan, Map<Long, SortedSet<ColumnRef>> outer) {
    String table = table(plan);
    if (table != null) {
      return leaf(plan, table);
    }
    if (plan instanceof WithCTE with) {
      for (CTERelationDef definition : SparkPlans.list(with.cteDefs())) {
        ctes.put(definition.id(), positions(definition.child(), trace(definition.child(), outer)));
      }
      return trace(with.plan(), outer);
    }
    if (plan instanceof CTERelationRef reference) {
      return byPosition(plan, List.of(ctes.getOrDefault(reference.cteId(), List.of())));
    }
    if (plan instanceof Union || plan instanceof SetOperation) {
      List<List<SortedSet<ColumnRef>>> all = new ArrayList<>();
      for (LogicalPlan child : SparkPlans.list(plan.children())) {
        all.add(positions(child, trace(child, outer)));
      }
      return byPosition(plan, all);
    }
    Map<Long, SortedSet<ColumnRef>> known = new HashMap<>(outer);
    for (LogicalPlan child : SparkPlans.list(plan.children())) {
      known.putAll(trace(child, outer));
    }
    name(plan, known);
    decide(plan, known);
    return known;
  }

  /** What a node calls by a new id. */
  private void name(LogicalPlan plan, Map<Long, SortedSet<ColumnRef>> known) {
    for (Expression expression : SparkPlans.list(plan.expressions())) {
      if (expression instanceof Alias alias) {
        known.put(alias.exprId().id(), origins(alias.child(), known));
      }
    }
    if (plan instanceof Generate generate) {
      SortedSet<ColumnRef> of = origins((Expression) generate.generator(), known);
      SparkPlans.list(generate.generatorOutput())
          .forEach(each -> known.put(each.exprId().id(), of));
    }
    if (plan instanceof Expand expand) {
      expanded(expand, known);
    }
    SortedSet<ColumnRef> all = null;
    for (Attribute attribute : SparkPlans.list(plan.output())) {
      if (!known.containsKey(attribute.exprId().id())) {
        all = all == null ? everything(plan, known) : all;
        known.put(attribute.exprId().id(), all);
      }
    }
  }

  private void expanded(Expand expand, Map<Long, SortedSet<ColumnRef>> known) {
    List<Attribute> output = SparkPlans.list(expand.output());
    for (scala.collection.immutable.Seq<Expression> projection :
        SparkPlans.list(expand.projections())) {
      List<Expression> expressions = SparkPlans.list(projection);
      for (int i = 0; i < expressions.size(); i++) {
        SortedSet<ColumnRef> merged = new TreeSet<>(values(output.get(i), known));
        merged.addAll(origins(expressions.get(i), known));
        known.put(output.get(i).exprId().id(), merged);
      }
    }
  }

  private SortedSet<ColumnRef> everything(LogicalPlan plan, Map<Long, SortedSet<ColumnRef>> known) {
    SortedSet<ColumnRef> all = new TreeSet<>();
    for (Expression expression : SparkPlans.list(plan.expressions())) {
      all.addAll(origins(expression, known));
    }
    for (LogicalPlan child : SparkPlans.list(plan.children())) {
      SparkPlans.list(child.output()).forEach(each -> all.addAll(values(each, known)));
    }
    return all;
  }

  /** What decides about rows, rather than about a value. */
  private void decide(LogicalPlan plan, Map<Long, SortedSet<ColumnRef>> known) {
    if (plan instanceof Filter filter) {
      decides(origins(filter.condition(), known), How.FILTER);
    } else if (plan instanceof Join join && join.condition().isDefined()) {
      decides(origins(join.condition().get(), known), How.JOIN);
    } else if (plan instanceof Aggregate aggregate) {
      for (Expression grouping : SparkPlans.list(aggregate.groupingExpressions())) {
        decides(origins(grouping, known), How.GROUP_BY);
      }
    } else if (plan instanceof Sort sort) {
      for (Expression order : SparkPlans.list(sort.expressions())) {
        decides(origins(order, known), How.SORT);
      }
    }
  }

  private void decides(SortedSet<ColumnRef> columns, How as) {
    conditions.addAll(columns);
    columns.forEach(column -> how.computeIfAbsent(column, any -> new TreeSet<>()).add(as));
  }

  private SortedSet<ColumnRef> origins(
      Expression expression, Map<Long, SortedSet<ColumnRef>> known) {
    SortedSet<ColumnRef> found = new TreeSet<>();
    collect(expression, known, found);
    return found;
  }

  private void collect(
      Expression expression, Map<Long, SortedSet<ColumnRef>> known, Collection<ColumnRef> found) {
    if (expression instanceof Attribute attribute) {
      found.addAll(values(attribute, known));
    }
    if (expression instanceof PlanExpression<?> subquery
        && subquery.plan() instanceof LogicalPlan plan) {
      Map<Long, SortedSet<ColumnRef>> traced = trace(plan, known);
      SparkPlans.list(plan.output()).forEach(each -> found.addAll(values(each, traced)));
      // Beside its plan it has what it sees of the query around it, which decides about its rows.
      for (Expression seen : SparkPlans.list(expression.children())) {
        collect(seen, known, conditions);
      }
      return;
    }
    for (Expression child : SparkPlans.list(expression.children())) {
      collect(child, known, found);
    }
  }

  /** The table that a node stands for; null if it stands for none. */
  private @org.jspecify.annotations.Nullable String table(LogicalPlan plan) {
    if (plan instanceof View view) {
      String name = view.desc().identifier().table().toLowerCase(Locale.ROOT);
      return inputs.getOrDefault(name, view.desc().identifier().unquotedString());
    }
    if (plan instanceof SubqueryAlias alias
        && alias.child() instanceof LeafNode
        && !(alias.child() instanceof CTERelationRef)) {
      List<String> parts = new ArrayList<>(SparkPlans.list(alias.identifier().qualifier()));
      parts.add(alias.identifier().name());
      return String.join(".", parts);
    }
    return null;
  }

  private static Map<Long, SortedSet<ColumnRef>> leaf(LogicalPlan plan, String table) {
    Map<Long, SortedSet<ColumnRef>> known = new HashMap<>();
    for (Attribute attribute : SparkPlans.list(plan.output())) {
      known.put(
          attribute.exprId().id(), new TreeSet<>(List.of(new ColumnRef(table, attribute.name()))));
    }
    return known;
  }

  private static List<SortedSet<ColumnRef>> positions(
      LogicalPlan plan, Map<Long, SortedSet<ColumnRef>> known) {
    return SparkPlans.list(plan.output()).stream().map(each -> values(each, known)).toList();
  }

  private static Map<Long, SortedSet<ColumnRef>> byPosition(
      LogicalPlan plan, List<List<SortedSet<ColumnRef>>> all) {
    List<Attribute> output = SparkPlans.list(plan.output());
    Map<Long, SortedSet<ColumnRef>> known = new HashMap<>();
    for (int i = 0; i < output.size(); i++) {
      SortedSet<ColumnRef> merged = new TreeSet<>();
      for (List<SortedSet<ColumnRef>> each : all) {
        if (i < each.size()) {
          merged.addAll(each.get(i));
        }
      }
      known.put(output.get(i).exprId().id(), merged);
    }
    return known;
  }
}
