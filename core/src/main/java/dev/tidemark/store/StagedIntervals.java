package dev.tidemark.store;

import dev.tidemark.plan.Interval;

/** Files of some intervals that no reader sees yet. */
public interface StagedIntervals {

  /**
   * Replaces the rows of one of the intervals by its files, in one commit that runs no job over
   * them.
   *
   * <p>Whatever others committed meanwhile for other intervals stays, and is no conflict. It is one
   * if they committed rows of this interval after the base.
   */
  CommitOutcome commit(Interval interval, CommitMark mark);
}
