package dev.tidemark.plan;

import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Gate;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.TrainingSet;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether gates ask of columns that there are, and what can be told of them. */
final class GateRules {
  private static final List<String> TIMES =
      List.of(ResolvedTrainingSet.EVENT_TIME, ResolvedView.AVAILABLE_TIME);

  private final Problems problems;
  private final String resource;
  private final List<String> columns;

  private GateRules(Problems problems, String resource, List<String> columns) {
    this.problems = problems;
    this.resource = resource;
    this.columns = columns;
  }

  /**
   * Says what is wrong with a training set's gates.
   *
   * @param columns of the training set
   */
  static void check(
      TrainingSet set, @Nullable Label label, List<String> columns, Problems problems) {
    GateRules rules = new GateRules(problems, set.id(), columns);
    for (Gate gate : set.gates()) {
      rules.check(gate);
      if (gate.eachSplit() && set.split() == null) {
        problems.add(
            gate.origin(),
            "%s has no split, so there is no rate of each".formatted(set.id()),
            "leave `each-split` out, or add a split");
      }
      if (gate.kind() == Gate.Kind.LEAKAGE
          && (label == null || !label.ref().name().equals(gate.column()))) {
        problems.add(
            gate.origin(),
            "`leakage` is asked of a label, and `%s` is none".formatted(gate.column()),
            label == null
                ? "%s has no label: leave it out".formatted(set.id())
                : "write it in %s { ... }".formatted(label.ref().name()));
      }
    }
  }

  /** Says what is wrong with a view's gates. */
  static void check(FeatureView view, List<String> keys, Problems problems) {
    List<String> columns = new ArrayList<>(keys);
    columns.addAll(TIMES);
    columns.addAll(view.columns());
    GateRules rules = new GateRules(problems, view.id(), columns);
    for (Gate gate : view.gates()) {
      rules.check(gate);
      if (gate.eachSplit()) {
        problems.add(
            gate.origin(), "a view has no split", "leave `each-split` out, or ask a training set");
      }
      if (gate.kind() == Gate.Kind.LEAKAGE) {
        problems.add(
            gate.origin(),
            "`leakage` is asked of a label, and a view has none",
            "ask it of a training set's label");
      }
      if (gate.kind() == Gate.Kind.FRESHNESS && TIMES.contains(String.valueOf(gate.column()))) {
        problems.add(
            gate.origin(),
            "the %s of an interval's rows is the tick or later, which is never old"
                .formatted(gate.column()),
            "ask a feature that has the events' own time, such as last_at { value = paid_at }");
      }
    }
  }

  private void check(Gate gate) {
    String column = gate.column();
    if (column != null) {
      known(column, gate.origin());
    }
    if (gate.kind() == Gate.Kind.UNIQUE_BY) {
      for (Named name : gate.names()) {
        known(name.name(), name.origin());
      }
    }
  }

  private void known(String column, Origin origin) {
    if (!columns.contains(column)) {
      problems.addNearest(
          origin, "no column `%s` in %s".formatted(column, resource), column, columns);
    }
  }
}
