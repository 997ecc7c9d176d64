package dev.tidemark.plan;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Transformation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A plan as people read it: rows, features, time rules in words, what is read and what is written.
 */
public final class PlanText {
  private final Graph graph;
  private final StringBuilder out = new StringBuilder();

  private PlanText(Graph graph) {
    this.graph = graph;
  }

  /** The whole plan. */
  public static String of(Plan plan) {
    PlanText text = new PlanText(plan.graph());
    for (Task task : plan.tasks()) {
      text.out.append(text.out.isEmpty() ? "" : "\n");
      task.match(
          build -> {
            text.build(build);
            return true;
          },
          materialize -> {
            text.materialize(materialize);
            return true;
          });
    }
    plan.notes().forEach(note -> text.out.append(note).append('\n'));
    return text.out.toString();
  }

  private void build(Task.BuildTrainingSet task) {
    ResolvedTrainingSet set = task.trainingSet();
    title(set.trainingSet().ref().toString(), set.fingerprint());
    heading("rows");
    line("the rows of %s, each once".formatted(set.spine().ref()));
    line(
        "keys: "
            + set.keys().stream()
                .map(
                    key ->
                        key.key().name()
                            + (key.key().name().equals(key.column().name())
                                ? ""
                                : " = " + key.column()))
                .collect(Collectors.joining(", ")));
    TimeWords.spine(set.spine()).forEach(this::line);
    if (set.where() != null) {
      line("only where " + set.where());
    }
    if (task.asOf() != null) {
      line("as known at " + task.asOf());
    }
    Label label = set.label();
    if (label != null) {
      heading("label " + label.ref().name());
      TimeWords.label(label).forEach(this::line);
    }
    set.selections().forEach(this::selection);
    if (!set.trainingSet().derived().isEmpty()) {
      heading("derived");
      set.trainingSet().derived().forEach(found -> line(found.name() + " = " + found.expression()));
    }
    if (set.trainingSet().split() != null) {
      heading("split");
      line(TimeWords.split(set.trainingSet().split()));
    }
    Set<Rows> reads = new LinkedHashSet<>();
    reads.add(set.spine());
    if (set.labelSource() != null) {
      reads.add(set.labelSource());
    }
    set.selections().forEach(selection -> reads.addAll(selection.view().sources()));
    reads(reads);
    writes(task.targets(), "replaces all rows of");
  }

  private void selection(ResolvedSelection selection) {
    heading(selection.view().view().ref().toString());
    line(
        "columns: "
            + selection.columns().stream()
                .map(ResolvedSelection.Taken::as)
                .collect(Collectors.joining(", ")));
    if (selection.spineColumns().stream().anyMatch(ResolvedSelection.SpineColumn::role)) {
      List<String> pairs = new ArrayList<>();
      for (int i = 0; i < selection.spineColumns().size(); i++) {
        pairs.add(
            selection.view().keys().get(i).key().name()
                + " = "
                + selection.spineColumns().get(i).name());
      }
      line("by " + String.join(", ", pairs));
    }
    TimeWords.view(selection.view(), selection.selection().lag()).forEach(this::line);
  }

  private void materialize(Task.MaterializeInterval task) {
    ResolvedView view = task.view();
    title(view.view().ref() + " in " + task.interval(), view.fingerprint());
    heading("rows");
    line(
        "one row a key and tick, keys: "
            + view.entity().keys().stream().map(Column::name).collect(Collectors.joining(", ")));
    line(
        task.ticks().size() == 1
            ? "1 tick: " + task.ticks().get(0)
            : "%,d ticks: %s to %s"
                .formatted(
                    task.ticks().size(),
                    task.ticks().get(0),
                    task.ticks().get(task.ticks().size() - 1)));
    heading("features as of each tick, T");
    line("columns: " + String.join(", ", view.view().columns()));
    TimeWords.view(view, null).forEach(this::line);
    reads(new LinkedHashSet<>(view.sources()));
    writes(task.targets(), "replaces the rows of the interval in");
  }

  private void reads(Set<Rows> direct) {
    Map<ResourceName, String> read = new LinkedHashMap<>();
    direct.forEach(rows -> read(rows, read));
    heading("reads");
    read.forEach((name, what) -> line(name + ": " + what));
  }

  private void read(Rows rows, Map<ResourceName, String> into) {
    if (into.containsKey(rows.ref())) {
      return;
    }
    into.put(rows.ref(), describe(rows));
    List<Transformation.Input> inputs =
        rows.match(
            entity -> List.of(),
            source -> List.of(),
            Transformation::inputs,
            view -> List.of(),
            label -> List.of(),
            set -> List.of(),
            model -> List.of());
    for (Transformation.Input input : inputs) {
      Rows found = graph.rows().get(input.rows().to());
      if (found != null) {
        read(found, into);
      }
    }
  }

  /** Where rows come from, in a few words. */
  static String describe(Rows rows) {
    return rows.match(
        entity -> "",
        source ->
            source
                .location()
                .match(
                    table -> "table " + table.name(),
                    files ->
                        files.format().name().toLowerCase(java.util.Locale.ROOT)
                            + " "
                            + files.path(),
                    query -> "a query"),
        transformation ->
            transformation
                    .body()
                    .match(query -> "SQL over ", javaClass -> javaClass.name() + " over ")
                + transformation.inputs().stream()
                    .map(input -> input.rows().toString())
                    .collect(Collectors.joining(", ")),
        view -> "",
        label -> "",
        set -> "",
        model -> "");
  }

  private void writes(List<Target> targets, String how) {
    heading("writes");
    for (Target target : targets) {
      line("%s %s (%s)".formatted(how, table(target), target.provider().format()));
    }
  }

  /** The table of a target, as its provider names it. */
  public static String table(Target target) {
    Provider provider = target.provider();
    return switch (provider.format()) {
      case ICEBERG -> provider.catalog() + "." + provider.database() + "." + target.name();
      case DELTA -> provider.warehouse() + "/" + provider.database() + "/" + target.name();
    };
  }

  private void title(String name, Fingerprint fingerprint) {
    out.append(name).append("  (definition ").append(fingerprint.brief()).append(")\n");
  }

  private void heading(String text) {
    out.append("  ").append(text).append('\n');
  }

  private void line(String text) {
    out.append("    ").append(text).append('\n');
  }
}
