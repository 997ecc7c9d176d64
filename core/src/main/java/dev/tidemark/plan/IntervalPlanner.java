package dev.tidemark.plan;

import dev.tidemark.definition.Problems;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds which intervals of a view are due, and why. */
final class IntervalPlanner {
  /** What is computed together is kept together until it is committed. */
  private static final int MOST_TOGETHER = 1_000;

  /** Statistics of files can't tell shorter ones apart. */
  private static final Duration SHORTEST_TOGETHER = Duration.ofMillis(1);

  private final Graph graph;
  private final History history;
  private final Redo redo;
  private final Interval asked;
  private final Problems problems;

  /**
   * @param asked the span of time that the user named
   */
  IntervalPlanner(Graph graph, History history, Redo redo, Interval asked, Problems problems) {
    this.graph = graph;
    this.history = history;
    this.redo = redo;
    this.asked = asked;
    this.problems = problems;
  }

  /**
   * What was found of one view.
   *
   * @param due in order of time
   * @param notes of what is not done, and why not
   */
  record Found(List<DueInterval> due, List<String> notes) {}

  Found plan(ResolvedView view, List<Interval> intervals) {
    if (intervals.isEmpty()) {
      return view.view().materialize() == null
          ? new Found(List.of(), List.of())
          : note("%s has no tick in %s: nothing to do", view, asked);
    }
    List<PastDefinition> past = history.definitions(view, asked);
    if (!keepsAll(view, past)) {
      return new Found(List.of(), List.of());
    }
    Map<Interval, FinishedInterval> finished = new LinkedHashMap<>();
    for (FinishedInterval done : history.finished(view, asked)) {
      finished.put(done.interval(), done);
    }
    List<DueInterval> due = new ArrayList<>();
    Map<List<InputSnapshot>, Arrivals> arrivals = new HashMap<>();
    int missing = 0;
    for (Interval interval : intervals) {
      FinishedInterval done = finished.get(interval);
      missing += done == null ? 1 : 0;
      DueInterval found = due(interval, done, view, arrivals);
      if (found != null) {
        due.add(found);
      }
    }
    List<String> notes = notes(view, intervals, due, missing, finished);
    lacking(view, past, notes);
    return new Found(due, notes);
  }

  private static Found note(String text, ResolvedView view, Object more) {
    return new Found(List.of(), List.of(text.formatted(view.view().ref(), more)));
  }

  /** Null for what is not due. */
  private @Nullable DueInterval due(
      Interval interval,
      @Nullable FinishedInterval done,
      ResolvedView view,
      Map<List<InputSnapshot>, Arrivals> arrivals) {
    if (done == null) {
      return redo == Redo.STALE
          ? null
          : new DueInterval(interval, DueInterval.Reason.MISSING, "missing");
    }
    String stale = stale(done, view, arrivals);
    if (stale != null) {
      return new DueInterval(interval, DueInterval.Reason.STALE, "stale: " + stale);
    }
    return redo == Redo.ALL
        ? new DueInterval(interval, DueInterval.Reason.FORCED, "done, and asked for all the same")
        : null;
  }

  /** Why an interval that is done is not as it would be now; null if it is. */
  private @Nullable String stale(
      FinishedInterval done, ResolvedView view, Map<List<InputSnapshot>, Arrivals> known) {
    if (!done.definition().equals(view.fingerprint())) {
      return "made by definition %s, before %s was added"
          .formatted(done.definition().brief(), added(done, view));
    }
    // One look at the sources for all intervals that were computed from the same state of them.
    Arrivals came = known.computeIfAbsent(done.inputs(), inputs -> history.since(done, view));
    return came.mayReach(done.interval().start()) ? words(came) : null;
  }

  private String added(FinishedInterval done, ResolvedView view) {
    List<String> added =
        graph.parts(view).keySet().stream()
            .filter(part -> !done.parts().containsKey(part))
            .toList();
    return added.isEmpty() ? "a change" : String.join(", ", added);
  }

  private static String words(Arrivals came) {
    return came.match(
        none -> "",
        Arrivals.Untold::why,
        rows ->
            "%s got %,d rows, visible from %s on"
                .formatted(rows.source(), rows.count(), rows.visibleFrom()));
  }

  /** Rows of two definitions are in one table only if the newer one has all of the older. */
  private boolean keepsAll(ResolvedView view, List<PastDefinition> past) {
    Map<String, String> now = graph.parts(view);
    for (PastDefinition done : past) {
      List<String> lost =
          done.parts().entrySet().stream()
              .filter(part -> !part.getValue().equals(now.get(part.getKey())))
              .map(Map.Entry::getKey)
              .sorted()
              .toList();
      if (!lost.isEmpty()) {
        problems.add(
            view.view().origin(),
            "%s is not what its table was made from: %s changed since %s was materialized"
                .formatted(view.view().ref(), named(lost), done.first()),
            "rows of both can't be in one table; make a new variant, such as %s.%s, which has a table of its own; new columns may be added to this one"
                .formatted(view.view().ref().name(), next(view.view().ref().variant())));
        return false;
      }
    }
    return true;
  }

  private static String named(List<String> parts) {
    return parts.stream()
        .map(part -> part.isEmpty() ? "its rows, keys or ticks" : "`" + part + "`")
        .collect(Collectors.joining(", "));
  }

  /** {@code v2} after {@code v1}. */
  private static String next(String variant) {
    return variant.matches("v\\d{1,6}")
        ? "v" + (Integer.parseInt(variant.substring(1)) + 1)
        : variant + "_2";
  }

  private List<String> notes(
      ResolvedView view,
      List<Interval> intervals,
      List<DueInterval> due,
      int missing,
      Map<Interval, FinishedInterval> finished) {
    List<String> notes = new ArrayList<>();
    String name = view.view().ref().toString();
    int skipped = redo == Redo.STALE ? missing : 0;
    int done = intervals.size() - due.size() - skipped;
    if (done > 0) {
      notes.add(
          done == intervals.size()
              ? "%s: all %,d in %s are done, from this definition and these inputs: nothing to do"
                  .formatted(name, done, asked)
              : "%s: %,d of %,d in %s are done, from this definition and these inputs: nothing to do for them"
                  .formatted(name, done, intervals.size(), asked));
    }
    List<String> unpinned =
        intervals.stream()
            .map(finished::get)
            .filter(Objects::nonNull)
            .flatMap(each -> each.inputs().stream())
            .filter(input -> input.kind() == InputSnapshot.Kind.UNPINNED)
            .map(input -> input.source().toString())
            .distinct()
            .toList();
    if (done > 0 && !unpinned.isEmpty()) {
      notes.add(
          "%s: whether %s changed can't be told; --force computes what is done again"
              .formatted(name, String.join(", ", unpinned)));
    }
    if (skipped > 0) {
      notes.add(
          "%s: %,d of %,d in %s are missing; without --stale they are computed too"
              .formatted(name, skipped, intervals.size(), asked));
    }
    return notes;
  }

  private void lacking(ResolvedView view, List<PastDefinition> past, List<String> notes) {
    long others =
        past.stream()
            .filter(each -> !each.definition().equals(view.fingerprint()))
            .mapToLong(PastDefinition::outside)
            .sum();
    if (others > 0) {
      notes.add(
          "%s: %,d intervals outside of %s lack what was added to the definition since; materialize them with --stale"
              .formatted(view.view().ref(), others, asked));
    }
  }

  /** Consecutive intervals together, in at least so many parts if they can be split so. */
  static List<List<DueInterval>> batches(List<DueInterval> due, int parallel) {
    int most = Math.max(1, Math.min(MOST_TOGETHER, (due.size() + parallel - 1) / parallel));
    List<List<DueInterval>> batches = new ArrayList<>();
    List<DueInterval> batch = new ArrayList<>();
    for (DueInterval each : due) {
      boolean follows =
          !batch.isEmpty()
              && batch.get(batch.size() - 1).interval().end().equals(each.interval().start())
              && length(each).compareTo(SHORTEST_TOGETHER) >= 0;
      if (!batch.isEmpty() && (!follows || batch.size() == most)) {
        batches.add(batch);
        batch = new ArrayList<>();
      }
      batch.add(each);
    }
    if (!batch.isEmpty()) {
      batches.add(batch);
    }
    return batches;
  }

  private static Duration length(DueInterval due) {
    return Duration.between(due.interval().start(), due.interval().end());
  }
}
