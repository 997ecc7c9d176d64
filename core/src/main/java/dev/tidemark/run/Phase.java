package dev.tidemark.run;

import java.util.Locale;

/** What a task is at; at any time one of these. */
enum Phase {
  /** Looks at what is done, at the sources' states, and compiles. */
  PLAN,
  /** Counts the rows that there must be. */
  COUNT,
  /** Brings a view's state up to date. */
  FOLD,
  /** Computes the rows, counts and hashes them. */
  COMPUTE,
  /** Looks whether inputs stayed as they were. */
  CHECK,
  /** Writes files and commits them. */
  COMMIT,
  MANIFEST,
  /** Writes to the run history. */
  RECORD;

  /** In reports. */
  String title() {
    return name().toLowerCase(Locale.ROOT);
  }
}
