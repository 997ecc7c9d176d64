package dev.tidemark.pit;

import java.util.List;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.ColumnarRule;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractPartialFunction;
import scala.runtime.BoxedUnit;

/**
 * Teaches a session the point-in-time operators: name this class in {@code spark.sql.extensions}.
 */
public final class PointInTimeExtensions
    extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {

  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    extensions.injectPlannerStrategy(
        new AbstractFunction1<>() {
          @Override
          public SparkStrategy apply(org.apache.spark.sql.SparkSession session) {
            return new Strategy();
          }
        });
    extensions.injectColumnar(
        new AbstractFunction1<>() {
          @Override
          public ColumnarRule apply(org.apache.spark.sql.SparkSession session) {
            return new Columnar();
          }
        });
    return BoxedUnit.UNIT;
  }

  /** Before Spark makes rows of columns: whether an operator can take the columns. */
  private static final class Columnar extends ColumnarRule {
    @Override
    public Rule<SparkPlan> preColumnarTransitions() {
      return new Rule<>() {
        @Override
        public SparkPlan apply(SparkPlan plan) {
          return plan.transformUp(new PackColumns());
        }
      };
    }
  }

  private static final class PackColumns extends AbstractPartialFunction<SparkPlan, SparkPlan> {
    @Override
    public boolean isDefinedAt(SparkPlan plan) {
      return plan instanceof PackExec pack && PackColumnsExec.of(pack).isPresent();
    }

    @Override
    public <A extends SparkPlan, B> B applyOrElse(A plan, scala.Function1<A, B> other) {
      if (!(plan instanceof PackExec pack)) {
        return other.apply(plan);
      }
      @SuppressWarnings("unchecked") // transform's functions are from SparkPlan to SparkPlan
      B result = (B) PackColumnsExec.of(pack).orElse(pack);
      return result;
    }
  }

  private static final class Strategy extends SparkStrategy {
    @Override
    public Seq<SparkPlan> apply(LogicalPlan plan) {
      if (plan instanceof SlotJoin join) {
        return one(
            new SlotJoinExec(
                Columns.seq(Columns.list(join.children()).stream().map(this::planLater).toList()),
                join.columns(),
                join.strategies(),
                join.keys(),
                join.asOf(),
                join.lookups(),
                join.specs(),
                join.results()));
      }
      if (plan instanceof Pack pack) {
        return one(
            new PackExec(
                pack.keys(),
                pack.required(),
                pack.keyless(),
                pack.partitions(),
                pack.output(),
                planLater(pack.child())));
      }
      if (plan instanceof PackSlots pack) {
        return one(
            new PackSlotsExec(
                pack.keys(),
                pack.required(),
                pack.partitions(),
                pack.someSpine(),
                pack.lookups(),
                pack.specs(),
                pack.output(),
                planLater(pack.events()),
                planLater(pack.spine())));
      }
      return Columns.seq(List.of());
    }

    private static Seq<SparkPlan> one(SparkPlan plan) {
      return Columns.seq(List.of(plan));
    }
  }
}
