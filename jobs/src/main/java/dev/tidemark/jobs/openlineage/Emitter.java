package dev.tidemark.jobs.openlineage;

import io.openlineage.client.OpenLineage;
import io.openlineage.client.OpenLineageClient;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes and sends events one after another, on a thread of its own: whoever runs a task does not
 * wait for a server. What goes wrong is kept, and told once at the end.
 */
final class Emitter {
  /** A server that is gone is not asked again and again. */
  private static final int MOST_FAILURES = 3;

  private final Supplier<OpenLineageClient> clients;
  private final ExecutorService thread;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private @Nullable OpenLineageClient client;
  private int failures;

  /**
   * @param clients makes the client, when there is a first event
   */
  Emitter(Supplier<OpenLineageClient> clients) {
    this.clients = clients;
    this.thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread made = new Thread(work, "tidemark-lineage");
              // A process that is to end does not wait for it.
              made.setDaemon(true);
              return made;
            });
  }

  /** Sends what is made, after all that was given before. */
  void send(Supplier<OpenLineage.RunEvent> event) {
    thread.execute(() -> sendNow(event));
  }

  private void sendNow(Supplier<OpenLineage.RunEvent> event) {
    if (failures >= MOST_FAILURES) {
      return;
    }
    try {
      OpenLineageClient open = client;
      if (open == null) {
        open = clients.get();
        client = open;
      }
      open.emit(event.get());
      failures = 0;
    } catch (Exception | LinkageError e) {
      // Whatever it is, a missing class of a transport's too: the run goes on.
      failures++;
      failure.compareAndSet(null, e);
    }
  }

  /**
   * Ends when all is sent, or when it has waited long enough.
   *
   * @return what went wrong first, in words
   */
  Optional<String> close(Duration most) {
    thread.execute(this::closeClient);
    thread.shutdown();
    boolean ended = false;
    try {
      ended = thread.awaitTermination(most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Throwable first = failure.get();
    if (first != null) {
      return Optional.of(words(first));
    }
    return ended
        ? Optional.empty()
        : Optional.of("not all was sent within %d s".formatted(most.toSeconds()));
  }

  private void closeClient() {
    try {
      if (client != null) {
        client.close();
      }
    } catch (Exception e) {
      failure.compareAndSet(null, e);
    }
  }

  private static String words(Throwable failure) {
    StringBuilder words = new StringBuilder();
    Throwable cause = failure;
    for (int i = 0; cause != null && i < 4; i++) {
      String message = cause.getMessage();
      String said =
          message == null || message.isBlank()
              ? cause.getClass().getSimpleName()
              : message.lines().findFirst().orElse("").strip();
      if (words.indexOf(said) < 0) {
        words.append(words.isEmpty() ? "" : ": ").append(said);
      }
      cause = cause.getCause();
    }
    return words.toString();
  }
}
