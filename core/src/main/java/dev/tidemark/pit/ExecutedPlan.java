package dev.tidemark.pit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.execution.CommandResultExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.adaptive.QueryStageExec;
import org.apache.spark.sql.execution.columnar.InMemoryTableScanExec;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.jspecify.annotations.Nullable;

/**
 * The operators of a plan that ran, each once, and for which lookups each of them worked: adaptive
 * stages, kept results and subqueries are looked into.
 *
 * <p>What is read once for several lookups is an operator of all of them; what is shared in another
 * way, such as a kept result, of those that come first in the plan.
 */
public final class ExecutedPlan {
  /** A metric of the operators that pack events, see {@link Operator#packed()}. */
  private static final String ROWS = "rows";

  private final List<Operator> operators = new ArrayList<>();
  private final Set<SparkPlan> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  private ExecutedPlan() {}

  /**
   * One operator.
   *
   * @param titles of the lookups whose events it brings to the join, in their order; empty: it
   *     works for none of them alone
   */
  public record Operator(SparkPlan plan, List<String> titles) {
    public Operator {
      titles = List.copyOf(titles);
    }

    /** Whether it is a point-in-time join itself. */
    public boolean isJoin() {
      return plan instanceof SlotJoinExec;
    }

    /** How many events came to it, of one that packs events; null for others. */
    public @Nullable SQLMetric packed() {
      if (plan instanceof PackSlotsExec) {
        return metric(plan, PartialSlots.Metric.READ.name());
      }
      return plan instanceof PackExec || plan instanceof PackColumnsExec
          ? metric(plan, ROWS)
          : null;
    }

    /** How long a join's tasks took over the events of each of its inputs; empty for others. */
    public List<TakenIn> takenIn() {
      List<TakenIn> found = new ArrayList<>();
      if (plan instanceof SlotJoinExec join) {
        for (int input = 1; input < join.children().size(); input++) {
          found.add(new TakenIn(join.titles(input), metric(plan, SlotJoinExec.timeOf(input))));
        }
      }
      return found;
    }

    /** All of its metrics. */
    public List<SQLMetric> metrics() {
      return Columns.list(plan.metrics().values().toSeq());
    }
  }

  /**
   * What a join does with the events of one input: to fetch them and to put them into slots.
   *
   * @param nanos summed over all tasks
   */
  public record TakenIn(List<String> titles, SQLMetric nanos) {}

  private static SQLMetric metric(SparkPlan plan, String name) {
    return Objects.requireNonNull(plan.metrics().get(name).getOrElse(() -> null), name);
  }

  /** The operators of a plan, from the last to the first. */
  public static List<Operator> of(SparkPlan executed) {
    ExecutedPlan plan = new ExecutedPlan();
    plan.add(executed, List.of());
    return plan.operators;
  }

  private void add(SparkPlan plan, List<String> titles) {
    if (!seen.add(plan)) {
      return;
    }
    if (plan instanceof AdaptiveSparkPlanExec adaptive) {
      add(adaptive.executedPlan(), titles);
    } else if (plan instanceof QueryStageExec stage) {
      add(stage.plan(), titles);
    } else if (plan instanceof CommandResultExec command) {
      add(command.commandPhysicalPlan(), titles);
    } else {
      operators.add(new Operator(plan, titles));
      if (plan instanceof InMemoryTableScanExec kept) {
        add(kept.relation().cachedPlan(), titles);
      }
      List<SparkPlan> children = Columns.list(plan.children());
      for (int child = 0; child < children.size(); child++) {
        add(children.get(child), titles(plan, child, titles));
      }
      Columns.list(plan.subqueries()).forEach(subquery -> add(subquery, titles));
    }
  }

  /** The spine is nobody's, also where it is brought to the events. */
  private static List<String> titles(SparkPlan plan, int child, List<String> titles) {
    if (plan instanceof SlotJoinExec join && child > 0) {
      return join.titles(child);
    }
    return plan instanceof PackSlotsExec && child > 0 ? List.of() : titles;
  }
}
