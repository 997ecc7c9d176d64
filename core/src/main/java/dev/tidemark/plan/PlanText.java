package dev.tidemark.plan;

import dev.tidemark.definition.Provider;
import java.util.Map;

/** A plan as text. */
public final class PlanText {
  private PlanText() {}

  /** The outlines of all tasks, then the notes; every line ends with a line feed. */
  public static String of(Plan plan) {
    return of(plan, Map.of());
  }

  /**
   * The same with what tasks will read.
   *
   * @param estimates by the tasks' ids; of those that anything is known of
   */
  public static String of(Plan plan, Map<String, ReadEstimate> estimates) {
    StringBuilder out = new StringBuilder();
    for (Task task : plan.tasks()) {
      out.append(out.isEmpty() ? "" : "\n");
      append(Outline.of(plan.graph(), task, estimates.get(task.id())), out);
    }
    if (!plan.tasks().isEmpty() && !plan.notes().isEmpty()) {
      out.append('\n');
    }
    plan.notes().forEach(note -> out.append(note).append('\n'));
    return out.toString();
  }

  private static void append(Outline outline, StringBuilder out) {
    out.append(outline.title())
        .append("  (definition ")
        .append(outline.fingerprint().brief())
        .append(")\n");
    for (Outline.Section section : outline.sections()) {
      out.append("  ").append(section.heading()).append('\n');
      section.lines().forEach(line -> out.append("    ").append(line).append('\n'));
    }
  }

  /** The table of a target, as its provider names it. */
  public static String table(Target target) {
    Provider provider = target.provider();
    return provider.catalog() != null
        ? provider.catalog() + "." + provider.database() + "." + target.name()
        : provider.warehouse() + "/" + provider.database() + "/" + target.name();
  }
}
