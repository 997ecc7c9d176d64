package dev.tidemark.plan;

import dev.tidemark.definition.Materialize;
import java.util.List;

/** The plan of every interval as text. */
public final class ScheduleText {
  private ScheduleText() {}

  /** A few lines a task; every line ends with a line feed. */
  public static String of(List<ScheduledTask> tasks) {
    StringBuilder out = new StringBuilder();
    out.append("for a run of the interval [%s, %s)%n".formatted(Schedule.START, Schedule.END));
    for (ScheduledTask task : tasks) {
      out.append('\n').append(task.id()).append('\n');
      Materialize ticks = task.ticks();
      line(out, "runs", String.join(" ", task.arguments()));
      if (ticks != null) {
        line(out, "ticks", "every %s from %s".formatted(ticks.every(), ticks.start()));
      }
      line(out, "after", String.join(", ", task.dependsOn()));
      line(out, "reads", uris(task.inputs()));
      line(out, "writes", uris(task.outputs()));
      String owner = task.resource().about().owner();
      line(out, "owner", owner == null ? "" : owner);
    }
    return out.toString();
  }

  private static String uris(List<Asset> assets) {
    return String.join(", ", assets.stream().map(Asset::uri).toList());
  }

  private static void line(StringBuilder out, String name, String what) {
    if (!what.isEmpty()) {
      out.append("  %-7s %s%n".formatted(name, what));
    }
  }
}
