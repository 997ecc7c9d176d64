package dev.tidemark.plan;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A resource as the registry has it.
 *
 * @param registration what it is
 * @param deprecation that it is not to be used any more; null: nobody said so
 * @param deleted true: only its tombstone is left, so that nobody gives the name another meaning
 * @param first when it was applied for the first time
 * @param last when it was last changed
 */
public record Registered(
    Registration registration,
    @Nullable Deprecation deprecation,
    boolean deleted,
    Deed first,
    Deed last) {

  /**
   * Who did something.
   *
   * @param at by the clock of the machine that did it
   * @param by a person or a service
   * @param gitCommit what the definitions were in Git; null: nobody knows
   * @param environment its name
   */
  public record Deed(Instant at, String by, @Nullable String gitCommit, String environment) {}

  public String id() {
    return registration.id();
  }

  /** True of a view's column, which comes and goes with its view. */
  public boolean isColumn() {
    return registration.kind().equals(Registration.FEATURES);
  }
}
