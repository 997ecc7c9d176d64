package dev.tidemark.jobs;

import dev.tidemark.definition.Environment;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;
import org.apache.spark.sql.SparkSession;

/**
 * Starts Spark so that a process that is told to end meanwhile need not wait for it: nothing stops
 * a start, and where a cluster doesn't answer it takes minutes.
 */
final class StartingSpark implements BiFunction<Environment, Path, SparkSession> {
  private final BiFunction<Environment, Path, SparkSession> sessions;
  private final Cancellation cancellation;

  StartingSpark(BiFunction<Environment, Path, SparkSession> sessions, Cancellation cancellation) {
    this.sessions = sessions;
    this.cancellation = cancellation;
  }

  /**
   * @throws RefusedException if the process is told to end before there is a session
   */
  @Override
  public SparkSession apply(Environment environment, Path root) {
    CompletableFuture<SparkSession> starting = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                starting.complete(sessions.apply(environment, root));
              } catch (Throwable failure) {
                starting.completeExceptionally(failure);
              }
            },
            "tidemark-spark");
    thread.setDaemon(true);
    thread.start();
    cancellation.stopsBy(
        () ->
            starting.completeExceptionally(
                new RefusedException(Status.CANCELLED, "cancelled while Spark was starting")));
    SparkSession session = joined(starting);
    // It is active only on the thread that opened it.
    SparkSession.setActiveSession(session);
    return session;
  }

  private static SparkSession joined(CompletableFuture<SparkSession> starting) {
    try {
      return starting.join();
    } catch (CompletionException e) {
      throw StartingSpark.<RuntimeException>same(e.getCause() == null ? e : e.getCause());
    }
  }

  /** Spark throws checked exceptions that it does not declare; they are told by their class. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E same(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
