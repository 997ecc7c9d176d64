package dev.tidemark.store;

import java.util.function.Function;

/** How a commit ended. */
public sealed interface CommitOutcome
    permits CommitOutcome.Committed, CommitOutcome.Conflict, CommitOutcome.Unknown {

  <R> R match(
      Function<Committed, R> committed,
      Function<Conflict, R> conflict,
      Function<Unknown, R> unknown);

  /**
   * The table holds the rows.
   *
   * @param snapshot the Iceberg snapshot id, or the Delta version
   */
  record Committed(String snapshot) implements CommitOutcome {
    @Override
    public <R> R match(
        Function<Committed, R> committed,
        Function<Conflict, R> conflict,
        Function<Unknown, R> unknown) {
      return committed.apply(this);
    }
  }

  /**
   * Somebody else changed the table meanwhile; it holds their rows and none of ours. Trying again
   * may succeed.
   */
  record Conflict(String reason) implements CommitOutcome {
    @Override
    public <R> R match(
        Function<Committed, R> committed,
        Function<Conflict, R> conflict,
        Function<Unknown, R> unknown) {
      return conflict.apply(this);
    }
  }

  /**
   * The catalog's answer was lost: the table holds either its old rows or ours, whole. Nothing must
   * be cleaned up; the commit mark in the table's metadata tells which.
   */
  record Unknown(String reason) implements CommitOutcome {
    @Override
    public <R> R match(
        Function<Committed, R> committed,
        Function<Conflict, R> conflict,
        Function<Unknown, R> unknown) {
      return unknown.apply(this);
    }
  }
}
