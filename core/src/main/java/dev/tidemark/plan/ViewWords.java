package dev.tidemark.plan;

import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Span;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.TimeRules;
import dev.tidemark.definition.Window;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The contract of time in words, as it applies to columns of one view: which rows are seen as of T,
 * and what each column is made of.
 */
final class ViewWords {
  private final ResolvedView resolved;
  private final FeatureView view;
  private final Map<String, String> names = new LinkedHashMap<>();
  private final boolean renamed;
  private final List<String> lines = new ArrayList<>();

  /** What stands for T: with a lag, an earlier instant. */
  private final String at;

  /**
   * @param columns which of the view's columns, and their names in the output
   */
  ViewWords(ResolvedView resolved, @Nullable Span lag, List<ResolvedSelection.Taken> columns) {
    this(resolved, at(lag), columns);
  }

  private ViewWords(ResolvedView resolved, String at, List<ResolvedSelection.Taken> columns) {
    this.resolved = resolved;
    this.view = resolved.view();
    this.at = at;
    columns.forEach(column -> names.put(column.column(), column.as()));
    this.renamed = columns.stream().anyMatch(column -> !column.column().equals(column.as()));
    for (int i = view.derived().size() - 1; i >= 0; i--) {
      if (names.containsKey(view.derived().get(i).name())) {
        inputs(view.derived().get(i));
      }
    }
  }

  private static String at(@Nullable Span lag) {
    return lag == null ? "T" : "T - " + lag;
  }

  /**
   * Of columns that are read from a view's offline table.
   *
   * @param offline the view as its table has it
   * @param computed the view itself, in whose words the ticks are told
   * @param table what the table is called
   */
  static List<String> offline(
      ResolvedView offline,
      ResolvedView computed,
      String table,
      @Nullable Span lag,
      List<ResolvedSelection.Taken> columns) {
    String at = at(lag);
    Ticks ticks = Ticks.of(computed);
    List<String> lines = new ArrayList<>();
    lines.add("read from its offline table %s, not computed".formatted(table));
    lines.add(
        "values of the latest tick <= %s, from its available time on; ticks: every %s from %s on"
            .formatted(at, words(computed), ticks.first()));
    lines.add(
        "null if the key has no row at that tick, or if the tick is not > %s - %s"
            .formatted(at, offline.view().ttl()));
    lines.add("an error if such a tick is not committed, or is of another definition");
    new ViewWords(computed, "the tick", columns)
        .lines()
        .forEach(line -> lines.add("at a tick: " + line));
    return lines;
  }

  private static String words(ResolvedView computed) {
    return computed.view().materialize() == null
        ? ""
        : computed.view().materialize().every().text();
  }

  /** What a derived column is made from is told too where it is not in the output itself. */
  private void inputs(Derived derived) {
    for (String column : view.columns()) {
      Pattern word = Pattern.compile("\\b" + column + "\\b", Pattern.CASE_INSENSITIVE);
      if (!column.equals(derived.name()) && word.matcher(derived.expression().text()).find()) {
        names.putIfAbsent(column, column + " (not in the output)");
      }
    }
  }

  List<String> lines() {
    if (resolved.isStatic()) {
      lines.add("NOT point-in-time: static rows have no time, and are taken as they are now");
    } else {
      resolved.sources().forEach(this::visible);
      corrections();
    }
    if (view.where() != null) {
      lines.add("only rows where " + TaskWords.sql(view.where()));
    }
    for (Feature feature : view.features()) {
      feature.match(this::latest, this::windowed);
    }
    if (!resolved.isStatic()) {
      ties();
    }
    for (Derived derived : view.derived()) {
      String name = names.get(derived.name());
      if (name != null) {
        lines.add(
            "%s = %s%s"
                .formatted(
                    name,
                    TaskWords.sql(derived.expression()),
                    renamed ? ", by the view's own names" : ""));
      }
    }
    return lines;
  }

  private void visible(Rows source) {
    TimeRules time = source.time();
    String of = resolved.sources().size() > 1 ? " of " + source.ref() : "";
    lines.add("event time%s: %s".formatted(of, eventTime(time)));
    if (time.availableAt() != null) {
      lines.add(
          "available time%s: %s%s".formatted(of, TaskWords.sql(time.availableAt()), zone(time)));
    }
    StringBuilder rule = new StringBuilder("a row");
    rule.append(of).append(" is visible if its event time ");
    rule.append(view.exclusive() ? "< " : "<= ").append(at);
    if (time.availableAt() != null) {
      rule.append(time.delay() == null ? " and" : ",").append(" its available time <= ").append(at);
    }
    if (time.delay() != null) {
      rule.append(" and its event time + %s <= %s".formatted(time.delay(), at));
    }
    lines.add(rule.toString());
    if (time.deletedWhen() != null) {
      lines.add(
          "deletes: a row%s where %s ends the value before it, and is in no aggregate"
              .formatted(of, TaskWords.sql(time.deletedWhen())));
    }
  }

  private void corrections() {
    TimeRules time = resolved.sources().get(0).time();
    if (!time.rowKey().isEmpty()) {
      lines.add(
          "corrections: of visible rows with equal %s only the one with the greatest %s time counts"
              .formatted(names(time.rowKey()), time.availableAt() == null ? "event" : "available"));
    }
  }

  private boolean latest(Feature.Latest feature) {
    String name = names.get(feature.name());
    if (name == null) {
      return false;
    }
    String value = "%s = %s".formatted(name, TaskWords.sql(feature.value()));
    String which =
        condition(feature.where()) + (feature.ignoreNulls() ? " whose value is not null" : "");
    if (resolved.isStatic()) {
      lines.add("%s of the key's row%s".formatted(value, which));
    } else {
      lines.add(
          "%s of the latest visible row%s%s"
              .formatted(
                  value,
                  which,
                  view.ttl() == null
                      ? ", however old"
                      : ", if its event time > %s - %s".formatted(at, view.ttl())));
    }
    return true;
  }

  private boolean windowed(Feature.Windowed feature) {
    List<Window> taken =
        feature.windows().stream().filter(w -> names.containsKey(feature.column(w))).toList();
    if (taken.isEmpty()) {
      return false;
    }
    String aggregate =
        (feature.by() == null ? "" : "a map from %s to ".formatted(TaskWords.sql(feature.by())))
            + TaskWords.sql(feature.aggregate());
    String rows = resolved.isStatic() ? "the key's rows" : "visible rows";
    String empty =
        feature.whenEmpty() == null
            ? ""
            : ", or %s where there is none".formatted(TaskWords.sql(feature.whenEmpty()));
    List<Window> bounded = taken.stream().filter(w -> w.length() != null).toList();
    if (!bounded.isEmpty()) {
      lines.add(
          "%s = %s over %s%s with event time in %s%s"
              .formatted(
                  columns(feature, bounded),
                  aggregate,
                  rows,
                  condition(feature.where()),
                  bounded.stream().map(this::window).collect(Collectors.joining(", ")),
                  empty));
    }
    taken.stream()
        .filter(window -> window.length() == null)
        .forEach(
            all ->
                lines.add(
                    "%s = %s over all %s%s%s"
                        .formatted(
                            columns(feature, List.of(all)),
                            aggregate,
                            rows,
                            condition(feature.where()),
                            empty)));
    return true;
  }

  private String columns(Feature.Windowed feature, List<Window> windows) {
    return windows.stream()
        .map(window -> names.get(feature.column(window)))
        .collect(Collectors.joining(", "));
  }

  private String window(Window window) {
    return (view.exclusive() ? "[%s - %s, %s)" : "(%s - %s, %s]")
        .formatted(at, window.length(), at);
  }

  private static String condition(@Nullable Sql where) {
    return where == null ? "" : " where " + TaskWords.sql(where);
  }

  private void ties() {
    boolean latest =
        view.features().stream()
            .anyMatch(
                feature ->
                    names.containsKey(feature.name())
                        && feature.match(found -> true, windowed -> false));
    if (latest) {
      List<Named> tieBreak = resolved.sources().get(0).time().tieBreak();
      lines.add(
          "of rows with equal event time the latest is the one with the greatest %s"
              .formatted(tieBreak.isEmpty() ? "values" : names(tieBreak) + ", then values"));
    }
  }

  static String eventTime(TimeRules time) {
    return time.eventTime() == null ? "none" : TaskWords.sql(time.eventTime()) + zone(time);
  }

  private static String zone(TimeRules time) {
    return time.timeZone() == null ? "" : " (clock of %s)".formatted(time.timeZone());
  }

  static String names(List<Named> named) {
    return named.stream().map(Named::name).collect(Collectors.joining(", "));
  }
}
