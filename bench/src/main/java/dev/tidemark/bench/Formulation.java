package dev.tidemark.bench;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One way to do a piece of work.
 *
 * @param name starts with that of its engine
 * @param answers the question that its result answers; results of equal questions must be equal
 */
record Formulation(String name, Answers answers, Work work) {
  /** What a formulation's output is. */
  enum Answers {
    /** What the cell asks: all such results must agree. */
    THE_QUESTION,
    /** Something else, to compare times with. */
    SOMETHING_ELSE
  }

  /** Started once a run, on a thread of its own. */
  interface Work {
    /**
     * Does it all.
     *
     * @param output a folder that does not exist yet, for the result; null: it is not kept
     */
    void run(@Nullable Path output) throws Exception;

    /** Asks a run, from another thread, to end soon by an exception. */
    void cancel() throws Exception;
  }
}
