package dev.tidemark.run;

/** Hears what a task is about to do, for people to read; called on the caller's thread. */
@FunctionalInterface
public interface Progress {

  /** A few words without a full stop, such as {@code joining features}. */
  void step(String what);

  /** The same, with what it is done for. */
  default void step(Step step) {
    step(step.words());
  }

  /** Is called between two steps that are not worth a word; throws if the task is to end. */
  default void checkpoint() {}
}
