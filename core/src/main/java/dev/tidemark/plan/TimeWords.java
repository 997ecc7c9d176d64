package dev.tidemark.plan;

import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Span;
import dev.tidemark.definition.Split;
import dev.tidemark.definition.TimeRules;
import dev.tidemark.definition.Window;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The time contract in words, as it applies to one resource. A line is a sentence or two without a
 * full stop at the end.
 */
final class TimeWords {
  private TimeWords() {}

  /** When T is, for the rows of a spine. */
  static List<String> spine(Rows rows) {
    TimeRules time = rows.time();
    List<String> lines = new ArrayList<>();
    lines.add("T is " + time.eventTime() + zone(time));
    if (time.deletedWhen() != null) {
      lines.add("rows with %s are no rows of the spine".formatted(time.deletedWhen()));
    }
    if (!time.rowKey().isEmpty()) {
      lines.add(
          "of rows with equal %s only the last known at the as-of time counts"
              .formatted(names(time.rowKey())));
    }
    return lines;
  }

  /** When a label's value is taken. */
  static List<String> label(Label label) {
    return label
        .target()
        .match(
            ofRow -> List.of(ofRow.value() + " of the spine's own row"),
            over ->
                List.of(
                    "%s over the key's events in (T, T + %s]"
                        .formatted(over.aggregate(), over.horizon()),
                    "rows with T + %s after the build's as-of time are left out and counted"
                        .formatted(over.horizon())));
  }

  /** What a view's features see at T, with T − lag for T. */
  static List<String> view(ResolvedView resolved, @Nullable Span lag) {
    FeatureView view = resolved.view();
    List<String> lines = new ArrayList<>();
    if (resolved.isStatic()) {
      lines.add("NOT point-in-time: a static source, joined by key as it is now");
      return lines;
    }
    String at = lag == null ? "T" : "T - " + lag;
    for (Rows source : resolved.sources()) {
      lines.add(
          (resolved.sources().size() > 1 ? source.ref() + ": " : "")
              + visible(source.time(), view.exclusive(), at));
    }
    if (view.features().stream()
        .anyMatch(found -> found.match(latest -> true, windowed -> false))) {
      lines.add(
          "latest value: the newest visible row"
              + (view.ttl() == null
                  ? ", however old"
                  : " later than %s - %s".formatted(at, view.ttl()))
              + ties(resolved.sources().get(0).time()));
    }
    String windows = windows(view, at);
    if (!windows.isEmpty()) {
      lines.add("windows, exact to the microsecond: " + windows);
    }
    TimeRules time = resolved.sources().get(0).time();
    if (!time.rowKey().isEmpty()) {
      lines.add(
          "corrections: of visible rows with equal %s only the last available counts"
              .formatted(names(time.rowKey())));
    }
    Set<String> deletes = new LinkedHashSet<>();
    for (Rows source : resolved.sources()) {
      if (source.time().deletedWhen() != null) {
        deletes.add(
            "deletes: a row with %s ends the key's value".formatted(source.time().deletedWhen()));
      }
    }
    lines.addAll(deletes);
    return lines;
  }

  private static String visible(TimeRules time, boolean exclusive, String at) {
    StringBuilder line = new StringBuilder("sees rows with ");
    line.append(time.eventTime()).append(exclusive ? " < " : " <= ").append(at).append(zone(time));
    if (time.availableAt() != null) {
      line.append(", not before they are available (")
          .append(time.availableAt())
          .append(" <= ")
          .append(at)
          .append(')');
    }
    if (time.delay() != null) {
      line.append(", and not before %s + %s".formatted(time.eventTime(), time.delay()));
    }
    return line.toString();
  }

  private static String ties(TimeRules time) {
    return time.tieBreak().isEmpty()
        ? ""
        : "; at equal time the greatest " + names(time.tieBreak());
  }

  private static String windows(FeatureView view, String at) {
    Set<String> spans = new LinkedHashSet<>();
    for (Feature feature : view.features()) {
      for (Window window : feature.match(latest -> List.<Window>of(), Feature.Windowed::windows)) {
        Span length = window.length();
        if (length == null) {
          spans.add("all up to " + at);
        } else if (view.exclusive()) {
          spans.add("[%s - %s, %s)".formatted(at, length, at));
        } else {
          spans.add("(%s - %s, %s]".formatted(at, length, at));
        }
      }
    }
    return String.join(" ", spans);
  }

  /** Where the parts of a split begin and end. */
  static String split(Split split) {
    return split.match(
        TimeWords::byTime,
        byEntity ->
            "by %s: validation %s, test %s of the keys, seed %d"
                .formatted(
                    byEntity.entity() == null ? "entity" : byEntity.entity(),
                    byEntity.validation(),
                    byEntity.test(),
                    byEntity.seed()),
        byRandom ->
            "at random by keys and T: validation %s, test %s of the rows, seed %d"
                .formatted(byRandom.validation(), byRandom.test(), byRandom.seed()));
  }

  private static String byTime(Split.ByTime split) {
    List<String> parts = new ArrayList<>();
    if (split.validationFrom() != null) {
      parts.add("validation from " + split.validationFrom());
    }
    if (split.testFrom() != null) {
      parts.add("test from " + split.testFrom());
    }
    if (split.embargo() != null) {
      parts.add("rows within %s before a boundary are `embargo`".formatted(split.embargo()));
    }
    return "by time: " + String.join(", ", parts);
  }

  private static String zone(TimeRules time) {
    return time.timeZone() == null ? "" : " (%s time)".formatted(time.timeZone());
  }

  private static String names(List<Named> named) {
    return named.stream().map(Named::name).collect(Collectors.joining(", "));
  }
}
