package dev.tidemark.store;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Tries again what lost a race against another writer. */
final class Races {
  private static final int MOST_ATTEMPTS = 5;

  private Races() {}

  /**
   * Runs work that ends in commits, anew upon what the winner left as long as others are faster.
   *
   * @throws LostRaceException if they always are, or the catalog's answer was lost
   */
  static <T> T untilWon(Supplier<T> work) {
    return untilWon(MOST_ATTEMPTS, work);
  }

  /** The same with as many attempts. */
  static <T> T untilWon(int attempts, Supplier<T> work) {
    String reason = "";
    for (int attempt = 1; attempt <= attempts; attempt++) {
      AtomicReference<T> done = new AtomicReference<>();
      CommitOutcome outcome =
          Conflicts.of(
              () -> {
                done.set(work.get());
                return "";
              });
      reason = outcome.match(won -> "", CommitOutcome.Conflict::reason, Races::unknown);
      if (reason.isEmpty()) {
        return Objects.requireNonNull(done.get());
      }
      LocalLock.pause(Math.min(2_000, 200L * attempt));
    }
    throw new LostRaceException(reason);
  }

  /** Doing it again finds out: there will be nothing left to do. */
  private static String unknown(CommitOutcome.Unknown unknown) {
    return "the catalog did not answer: " + unknown.reason();
  }
}
