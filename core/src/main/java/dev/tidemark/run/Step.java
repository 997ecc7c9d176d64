package dev.tidemark.run;

import dev.tidemark.plan.Interval;
import org.jspecify.annotations.Nullable;

/**
 * What is about to be done, for people and for logs.
 *
 * @param words a few, without a full stop, such as {@code joining features}
 * @param runId of the runner
 * @param task the id of the task; null: it is done for no task
 * @param resource what the task makes, such as {@code feature-views.spend.v1}; null likewise
 * @param interval of a task for intervals of a view, all of them; null for all else
 * @param phase such as {@code compute}; null likewise
 */
public record Step(
    String words,
    String runId,
    @Nullable String task,
    @Nullable String resource,
    @Nullable Interval interval,
    @Nullable String phase) {}
