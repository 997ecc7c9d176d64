package dev.tidemark.plan;

import dev.tidemark.definition.Gate;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Span;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.Transformation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a task does: its rows, its columns with the rules of time, what it reads and writes.
 */
final class TaskWords {
  private final Graph graph;
  private final List<Outline.Section> sections = new ArrayList<>();

  TaskWords(Graph graph) {
    this.graph = graph;
  }

  Outline build(Task.BuildTrainingSet task) {
    ResolvedTrainingSet set = task.trainingSet();
    section("rows", spine(set, task.asOf()));
    if (set.label() != null && set.labelSource() != null) {
      section("label", label(set.label(), set.labelSource(), task.asOf()));
    }
    features(set, task.targets().get(0));
    masks(set);
    if (set.trainingSet().split() != null) {
      section("split", SplitWords.of(set.trainingSet().split(), set));
    }
    reads(task);
    gates(set.trainingSet().gates());
    writes(task, "replaces all rows of");
    return new Outline(set.trainingSet().ref().toString(), set.fingerprint(), sections);
  }

  private void masks(ResolvedTrainingSet set) {
    if (!set.trainingSet().mask().isEmpty()) {
      section(
          "masked",
          set.trainingSet().mask().stream()
              .map(mask -> "%s is written as %s".formatted(mask.name(), sql(mask.expression())))
              .toList());
    }
  }

  private List<String> features(ResolvedSelection selection, Target first) {
    Span lag = selection.selection().lag();
    ResolvedView computed = graph.views().get(selection.view().view().ref());
    return !selection.view().isOffline() || computed == null
        ? new ViewWords(selection.view(), lag, selection.columns()).lines()
        : ViewWords.offline(
            selection.view(),
            computed,
            PlanText.table(new Target(first.provider(), TableNames.of(computed.view().ref()))),
            lag,
            selection.columns());
  }

  /**
   * @param estimate of what is read; null: nobody asked for it
   */
  Outline materialize(Task.MaterializeInterval task, @Nullable ReadEstimate estimate) {
    ResolvedView view = task.view();
    List<Instant> ticks = task.ticks();
    section(
        "rows",
        List.of(
            "one for each key that has a visible row, at each tick; keys: "
                + view.keys().stream().map(TaskWords::bound).collect(Collectors.joining(", ")),
            ticks.size() == 1
                ? "T is the tick: " + ticks.get(0)
                : "T is the tick: %,d of them, from %s to %s"
                    .formatted(ticks.size(), ticks.get(0), ticks.get(ticks.size() - 1))));
    section("intervals", DueWords.of(task.due()));
    features(view);
    if (task.lookBack() != null) {
      section("look-back", List.of(task.lookBack()));
    }
    reads(task);
    if (estimate != null) {
      section("reads at most, by estimate", EstimateWords.of(estimate));
    }
    gates(view.view().gates());
    writes(task, "replaces the rows of the interval in");
    return new Outline(view.view().ref() + " in " + task.interval(), view.fingerprint(), sections);
  }

  Outline latest(Task.MaterializeLatest task) {
    ResolvedView view = task.view();
    section(
        "rows",
        List.of(
            "one for each key that has a visible row; keys: "
                + view.keys().stream().map(TaskWords::bound).collect(Collectors.joining(", ")),
            "T: " + task.asOf(),
            "event_time and available_time: when the newest such row happened, and when the last became visible",
            task.whole()
                ? "all keys are computed"
                : "keys of which no row entered or left anything since the run before keep their rows, where that can be told; all others are computed"));
    features(view);
    reads(task);
    gates(view.view().gates());
    writes(task, "replaces all rows of");
    return new Outline(
        "%s, latest at %s".formatted(view.view().ref(), task.asOf()), view.fingerprint(), sections);
  }

  Outline score(Task.ScoreKeys task) {
    ResolvedTrainingSet set = task.trainingSet();
    section("rows", scored(task));
    features(set, task.targets().get(0));
    masks(set);
    reads(task);
    writes(task, "replaces all rows of");
    return new Outline(
        "%s, scoring at %s".formatted(set.trainingSet().ref(), task.asOf()),
        set.fingerprint(),
        sections);
  }

  private static List<String> scored(Task.ScoreKeys task) {
    ResolvedTrainingSet set = task.trainingSet();
    KeysFile file = task.keys();
    List<String> lines = new ArrayList<>();
    String keys =
        set.keys().stream().map(key -> key.key().name()).collect(Collectors.joining(", "));
    if (file == null) {
      lines.add("one for each key of which any of the views has a visible row at T; keys: " + keys);
      lines.add("T: " + task.asOf());
    } else {
      lines.add("one for each row of %s; keys: %s".formatted(file.location(), keys));
      lines.add(
          "T: %s; where the file has event_time, that, and none may be later"
              .formatted(task.asOf()));
    }
    if (!set.keep().isEmpty()) {
      lines.add(
          "kept: %s, as far as the file has them; null otherwise"
              .formatted(ViewWords.names(set.keep())));
    }
    lines.add("no label, no split; columns, order and definitions are those of the training set");
    return lines;
  }

  /**
   * @param first by whose provider offline tables are read
   */
  private void features(ResolvedTrainingSet set, Target first) {
    for (ResolvedSelection selection : set.selections()) {
      Span lag = selection.selection().lag();
      section(
          "features of %s for %s%s"
              .formatted(
                  selection.view().view().ref(),
                  found(selection),
                  lag == null ? "" : ", as of T - " + lag),
          features(selection, first));
    }
    if (!set.trainingSet().derived().isEmpty()) {
      section(
          "derived from columns of the same row",
          set.trainingSet().derived().stream()
              .map(derived -> derived.name() + " = " + sql(derived.expression()))
              .toList());
    }
  }

  private void features(ResolvedView view) {
    List<ResolvedSelection.Taken> all =
        view.view().columns().stream()
            .map(column -> new ResolvedSelection.Taken(column, column))
            .toList();
    section("features", new ViewWords(view, null, all).lines());
  }

  private void section(String heading, List<String> lines) {
    sections.add(new Outline.Section(heading, lines));
  }

  private static List<String> spine(ResolvedTrainingSet set, @Nullable Instant asOf) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "one for each row of %s%s".formatted(set.spine().ref(), where(" where ", set.where())));
    lines.add(
        "keys: " + set.keys().stream().map(TaskWords::bound).collect(Collectors.joining(", ")));
    lines.add("T: " + ViewWords.eventTime(set.spine().time()));
    if (!set.keep().isEmpty()) {
      lines.add("kept: " + ViewWords.names(set.keep()));
    }
    if (!set.spine().time().rowKey().isEmpty()) {
      lines.add(
          "of rows with equal %s only the one available last"
              .formatted(ViewWords.names(set.spine().time().rowKey())));
    }
    if (set.spine().time().deletedWhen() != null) {
      lines.add("no row where " + sql(set.spine().time().deletedWhen()));
    }
    if (set.label() == null && asOf != null) {
      lines.add("as known at %s: rows not known by then are left out, and counted".formatted(asOf));
    }
    lines.add("whatever the features hold, every row stays, once");
    return lines;
  }

  private static List<String> label(Label label, Rows source, @Nullable Instant asOf) {
    String name = label.ref().name();
    List<String> lines = new ArrayList<>();
    label
        .target()
        .match(
            ofRow -> lines.add("%s = %s of the row itself".formatted(name, sql(ofRow.value()))),
            over ->
                lines.add(
                    "%s = %s over rows of %s%s with the same key and event time in (T, T + %s]"
                        .formatted(
                            name,
                            sql(over.aggregate()),
                            source.ref(),
                            where(" where ", label.where()),
                            over.horizon())));
    if (label.target().match(ofRow -> false, over -> true)) {
      lines.add("event time: " + ViewWords.eventTime(source.time()));
    }
    lines.add(
        asOf == null
            ? "as known at the latest time that %s reaches".formatted(source.ref())
            : "as known at " + asOf);
    lines.add(
        label
            .target()
            .match(
                ofRow -> "rows that could not be known by then are left out, and counted",
                over ->
                    "rows not known by then, or whose T + %s is after it, are left out, and counted"
                        .formatted(over.horizon())));
    return lines;
  }

  /** By which columns of a spine row its features are found. */
  private static String found(ResolvedSelection selection) {
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < selection.spineColumns().size(); i++) {
      String key = selection.view().keys().get(i).key().name();
      ResolvedSelection.SpineColumn column = selection.spineColumns().get(i);
      pairs.add(column.role() ? key + " = " + column.name() + " of the row" : key);
    }
    return String.join(", ", pairs);
  }

  private static String bound(BoundKey key) {
    return key.key().name().equals(key.column().name())
        ? key.key().name()
        : key.key().name() + " = " + key.column();
  }

  private void reads(Task task) {
    section(
        "reads",
        graph.upstream(task.reads()).stream()
            .flatMap(
                rows ->
                    Stream.concat(
                        Stream.of(rows.ref() + ": " + offline(rows) + described(rows)),
                        rows.match(
                                source -> ReadyWords.of(source.ready()).stream(),
                                transformation -> Stream.empty())
                            .map(words -> "%s is %s".formatted(rows.ref(), words))))
            .toList());
  }

  private void gates(List<Gate> gates) {
    if (!gates.isEmpty()) {
      section("must pass before the commit", GateWords.of(gates));
    }
  }

  private void writes(Task task, String how) {
    section(
        "writes",
        task.targets().stream()
            .map(
                target ->
                    "%s %s (%s)".formatted(how, PlanText.table(target), target.provider().format()))
            .toList());
  }

  private static String offline(Rows rows) {
    return rows.ref().kind() == Kind.FEATURE_VIEW ? "offline " : "";
  }

  private static String described(Rows rows) {
    return rows.match(
        source ->
            source
                .location()
                .match(
                    table -> "table " + table.name(),
                    files -> format(files) + " " + files.path(),
                    query -> "a query"),
        transformation ->
            transformation
                    .body()
                    .match(
                        query -> "a query over ",
                        javaClass -> "class " + javaClass.name() + " over ")
                + transformation.inputs().stream()
                    .map(Transformation.Input::rows)
                    .map(Object::toString)
                    .collect(Collectors.joining(", ")));
  }

  private static String format(Location.Files files) {
    return files.format().name().toLowerCase(Locale.ROOT);
  }

  private static String where(String before, @Nullable Sql condition) {
    return condition == null ? "" : before + sql(condition);
  }

  static String sql(Sql sql) {
    return SqlMeaning.oneLine(sql.text());
  }
}
