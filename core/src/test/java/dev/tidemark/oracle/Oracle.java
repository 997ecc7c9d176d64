package dev.tidemark.oracle;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The time contract by brute force: for one spine row, every event is looked at.
 *
 * <p>Methods are named after the rules they hold.
 */
public final class Oracle {
  private final Rules rules;

  public Oracle(Rules rules) {
    this.rules = rules;
  }

  /**
   * The answers to the rules' questions, in their order, for one row of the spine. A map answers
   * where a question has a {@code by}.
   */
  public List<@Nullable Object> answers(
      Map<String, @Nullable Object> spineRow, List<Map<String, @Nullable Object>> events) {
    List<Map<String, @Nullable Object>> seen =
        corrected(events.stream().filter(event -> visible(event, spineRow)).toList()).stream()
            .filter(event -> rules.where() == null || rules.where().holds(event))
            .toList();
    long asOf = asOf(spineRow);
    List<@Nullable Object> answers = new ArrayList<>();
    for (Question question : rules.questions()) {
      answers.add(question.match(l -> latest(l, seen, asOf), w -> windowed(w, seen, asOf)));
    }
    return answers;
  }

  /** Whether the event may influence the answers for this row of the spine. */
  public boolean visible(Map<String, @Nullable Object> event, Map<String, @Nullable Object> row) {
    for (String key : rules.keys()) {
      if (event.get(key) == null || !Objects.equals(event.get(key), row.get(key))) {
        return false;
      }
    }
    if (!rules.timed()) {
      return true;
    }
    long asOf = asOf(row);
    if (!(event.get(Rules.EVENT_TIME) instanceof Long at)) {
      return false;
    }
    if (rules.exclusive() ? at >= asOf : at > asOf) {
      return false;
    }
    if (at + rules.delayMicros() > asOf) {
      return false;
    }
    return rules.availableAt() == null
        || (event.get(rules.availableAt()) instanceof Long available && available <= asOf);
  }

  private long asOf(Map<String, @Nullable Object> spineRow) {
    return micros(spineRow, Rules.AS_OF) - rules.lagMicros();
  }

  private static long micros(Map<String, @Nullable Object> row, String column) {
    return (Long) Objects.requireNonNull(row.get(column));
  }

  private List<Map<String, @Nullable Object>> corrected(
      List<Map<String, @Nullable Object>> visible) {
    if (rules.rowKey().isEmpty()) {
      return visible;
    }
    List<Map<String, @Nullable Object>> current = new ArrayList<>();
    Map<List<@Nullable Object>, Map<String, @Nullable Object>> newest = new HashMap<>();
    for (Map<String, @Nullable Object> event : visible) {
      List<@Nullable Object> rowKey = new ArrayList<>();
      rules.rowKey().forEach(column -> rowKey.add(event.get(column)));
      if (rowKey.contains(null)) {
        current.add(event);
      } else {
        newest.merge(rowKey, event, (a, b) -> correction().compare(a, b) >= 0 ? a : b);
      }
    }
    current.addAll(newest.values());
    return current;
  }

  private Comparator<Map<String, @Nullable Object>> correction() {
    String available = rules.availableAt() == null ? Rules.EVENT_TIME : rules.availableAt();
    return Values.by(List.of(available))
        .thenComparing(Values.by(rules.tieBreak()))
        .thenComparing(Values.by(List.of(Rules.EVENT_TIME)))
        .thenComparing(lastTieBreak())
        .thenComparing(event -> !rules.deleted(event))
        .thenComparing((a, b) -> Values.by(new TreeMap<>(a).keySet()).compare(a, b));
  }

  /** A deleted event has no values. */
  private Comparator<Map<String, @Nullable Object>> lastTieBreak() {
    return (a, b) ->
        rules.lastTieBreak().stream()
            .mapToInt(column -> Values.compare(value(a, column), value(b, column)))
            .filter(order -> order != 0)
            .findFirst()
            .orElse(0);
  }

  private @Nullable Object value(Map<String, @Nullable Object> event, String column) {
    return rules.deleted(event) ? null : event.get(column);
  }

  private @Nullable Object latest(
      Question.Latest latest, List<Map<String, @Nullable Object>> seen, long asOf) {
    Comparator<Map<String, @Nullable Object>> order =
        Values.by(List.of(Rules.EVENT_TIME))
            .thenComparing(Values.by(rules.tieBreak()))
            .thenComparing(lastTieBreak());
    Map<String, @Nullable Object> newest = null;
    for (Map<String, @Nullable Object> event : seen) {
      Object value = value(event, latest.column());
      boolean counts =
          (latest.where() == null || latest.where().holds(event))
              && (latest.ttlMicros() == null
                  || micros(event, Rules.EVENT_TIME) > asOf - latest.ttlMicros())
              && (!latest.ignoreNulls() || value != null || rules.deleted(event));
      if (counts && (newest == null || order.compare(event, newest) > 0)) {
        newest = event;
      }
    }
    return newest == null ? null : value(newest, latest.column());
  }

  private @Nullable Object windowed(
      Question.Windowed windowed, List<Map<String, @Nullable Object>> seen, long asOf) {
    List<Map<String, @Nullable Object>> inside =
        seen.stream()
            .filter(event -> !rules.deleted(event))
            .filter(event -> windowed.where() == null || windowed.where().holds(event))
            .filter(event -> inside(event, windowed.windowMicros(), asOf))
            .toList();
    if (windowed.by() == null) {
      return inside.isEmpty() && windowed.whenEmpty() != null
          ? windowed.whenEmpty()
          : windowed.aggregate().over(inside, windowed.column());
    }
    Map<Object, List<Map<String, @Nullable Object>>> groups = new HashMap<>();
    for (Map<String, @Nullable Object> event : inside) {
      Object group = event.get(windowed.by());
      if (group != null) {
        groups.computeIfAbsent(group, g -> new ArrayList<>()).add(event);
      }
    }
    Map<Object, @Nullable Object> answer = new HashMap<>();
    groups.forEach(
        (group, events) -> answer.put(group, windowed.aggregate().over(events, windowed.column())));
    return answer;
  }

  private boolean inside(
      Map<String, @Nullable Object> event, @Nullable Long windowMicros, long asOf) {
    if (!rules.timed() || windowMicros == null) {
      return true;
    }
    long at = micros(event, Rules.EVENT_TIME);
    long start = asOf - windowMicros;
    return rules.exclusive() ? at >= start : at > start;
  }
}
