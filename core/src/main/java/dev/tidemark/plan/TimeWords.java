package dev.tidemark.plan;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Source;
import dev.tidemark.definition.TimeRules;
import dev.tidemark.definition.TrainingSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The rules of time that hold for a resource, as sentences without full stops. */
public final class TimeWords {
  /** What a plan tells that is no rule. */
  private static final Set<String> NO_RULES = Set.of("reads", "writes", "masked");

  private TimeWords() {}

  /** None for what has no time: entities and models. */
  public static List<String> of(Graph graph, Environment environment, Resource resource) {
    return resource.match(
        entity -> List.of(),
        TimeWords::source,
        TimeWords::rows,
        view -> view(graph, view),
        TimeWords::label,
        set -> trainingSet(graph, environment, set),
        model -> List.of());
  }

  private static List<String> source(Source source) {
    List<String> lines = new ArrayList<>(rows(source));
    lines.addAll(ReadyWords.of(source.ready()));
    return lines;
  }

  private static List<String> rows(Rows rows) {
    TimeRules time = rows.time();
    if (time.isStatic()) {
      return List.of("NOT point-in-time: static rows have no time, and are taken as they are now");
    }
    List<String> lines = new ArrayList<>();
    lines.add("a row happened at " + ViewWords.eventTime(time));
    if (time.availableAt() != null) {
      lines.add("it could be known from %s on".formatted(TaskWords.sql(time.availableAt())));
    }
    if (time.delay() != null) {
      lines.add("it becomes visible %s after it happened".formatted(time.delay()));
    }
    if (!time.tieBreak().isEmpty()) {
      lines.add(
          "of rows of the same time the latest is the one with the greatest "
              + names(time.tieBreak()));
    }
    if (time.deletedWhen() != null) {
      lines.add("a row where %s ends its key's value".formatted(TaskWords.sql(time.deletedWhen())));
    }
    if (!time.rowKey().isEmpty()) {
      lines.add("a later row with the same %s replaces it".formatted(names(time.rowKey())));
    }
    return lines;
  }

  private static String names(List<Named> named) {
    return named.stream().map(Named::name).collect(Collectors.joining(", "));
  }

  private static List<String> view(Graph graph, FeatureView view) {
    ResolvedView resolved = graph.views().get(view.ref());
    if (resolved == null) {
      return List.of();
    }
    List<ResolvedSelection.Taken> all =
        view.columns().stream().map(column -> new ResolvedSelection.Taken(column, column)).toList();
    List<String> lines = new ArrayList<>(new ViewWords(resolved, null, all).lines());
    if (view.materialize() != null) {
      lines.add(
          "written at ticks: every %s from %s on"
              .formatted(view.materialize().every(), view.materialize().start()));
    }
    return lines;
  }

  private static List<String> label(Label label) {
    return label
        .target()
        .match(
            ofRow -> List.of("the label is a value of the row itself, at the row's own time T"),
            over ->
                List.of(
                    "the label is made of what happens in (T, T + %s]".formatted(over.horizon()),
                    "rows whose horizon is not over are left out"));
  }

  /**
   * Rules of a view are told with its name, those of the rows and the label stand for themselves.
   */
  private static String of(String heading) {
    int from = heading.indexOf(Kind.FEATURE_VIEW.key() + ".");
    return from < 0
        ? ""
        : heading.substring(from + Kind.FEATURE_VIEW.key().length() + 1).split(" ", 2)[0] + ": ";
  }

  private static List<String> trainingSet(Graph graph, Environment environment, TrainingSet set) {
    Plan plan = Planner.build(graph, environment, List.of(set.id()), null);
    List<String> lines = new ArrayList<>();
    for (Task task : plan.tasks()) {
      for (Outline.Section section : Outline.of(plan.graph(), task).sections()) {
        if (!NO_RULES.contains(section.heading())) {
          String of = of(section.heading());
          section.lines().forEach(line -> lines.add(of + line));
        }
      }
    }
    return lines;
  }
}
