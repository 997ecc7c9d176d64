package dev.tidemark.store;

import dev.tidemark.plan.Interval;

/** Somebody else committed rows of an interval after the state that ours were planned upon. */
final class OverlapException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OverlapException(String message) {
    super(message);
  }

  OverlapException(Interval interval, PastCommit commit) {
    super(
        commit
            .runId()
            .map(run -> "run %s committed rows of %s".formatted(run, interval))
            .orElse(
                "commit %s, which is not Tidemark's, may have rows of %s"
                    .formatted(commit.snapshot(), interval)));
  }
}
