package dev.tidemark.plan;

import dev.tidemark.definition.ResourceName;
import java.util.List;

/**
 * Whether a source holds all that belongs before an instant.
 *
 * @param byRule true if its owner says when; false: the default was asked
 * @param conditions those that were looked at
 */
public record Readiness(ResourceName source, boolean byRule, List<Condition> conditions) {

  /**
   * One condition.
   *
   * @param name the key of the rule, or {@code exists}
   * @param holds whether it does
   * @param found what there is, and what there must be
   */
  public record Condition(String name, boolean holds, String found) {}

  public Readiness {
    conditions = List.copyOf(conditions);
  }

  /** True if all conditions hold. */
  public boolean isReady() {
    return conditions.stream().allMatch(Condition::holds);
  }
}
