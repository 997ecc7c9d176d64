package dev.tidemark.oracle;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A source's and a feature view's rules, and what is asked of them.
 *
 * @param keys columns of the spine and of the events, under the same names
 * @param timed false: a static source
 * @param availableAt the events' column of their available time; null: they have none
 */
public record Rules(
    List<String> keys,
    boolean timed,
    boolean exclusive,
    long lagMicros,
    @Nullable String availableAt,
    long delayMicros,
    @Nullable Condition deletedWhen,
    List<String> tieBreak,
    List<String> lastTieBreak,
    List<String> rowKey,
    @Nullable Condition where,
    List<Question> questions) {

  /** The column of T in the spine. */
  public static final String AS_OF = "t";

  /** The column of the event time in the events. */
  public static final String EVENT_TIME = "at";

  boolean deleted(Map<String, @Nullable Object> event) {
    return deletedWhen != null && deletedWhen.holds(event);
  }

  Rules withQuestions(List<Question> some) {
    return new Rules(
        keys,
        timed,
        exclusive,
        lagMicros,
        availableAt,
        delayMicros,
        deletedWhen,
        tieBreak,
        lastTieBreak,
        rowKey,
        where,
        List.copyOf(some));
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    out.append("keys ").append(keys).append(timed ? "" : ", static");
    out.append(exclusive ? ", exclusive" : "");
    out.append(lagMicros == 0 ? "" : ", lag " + lagMicros + " µs");
    out.append(availableAt == null ? "" : ", available at " + availableAt);
    out.append(delayMicros == 0 ? "" : ", delay " + delayMicros + " µs");
    out.append(deletedWhen == null ? "" : ", deleted when " + deletedWhen);
    out.append(", tie-break ").append(tieBreak).append(" then ").append(lastTieBreak);
    out.append(rowKey.isEmpty() ? "" : ", row-key " + rowKey);
    out.append(where == null ? "" : ", where " + where);
    for (int i = 0; i < questions.size(); i++) {
      out.append("\n  q").append(i).append(": ").append(questions.get(i));
    }
    return out.toString();
  }
}
