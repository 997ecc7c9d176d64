package dev.tidemark.store;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Does what it is given at once, in the caller's thread. Iceberg looks every 10 ms whether its
 * workers have done a commit's small parts, of which there are four, and each takes far less.
 */
final class InPlace extends AbstractExecutorService {
  static final ExecutorService EXECUTOR = new InPlace();

  private InPlace() {}

  @Override
  public void execute(Runnable work) {
    work.run();
  }

  @Override
  public void shutdown() {
    // There is nothing to let go of.
  }

  @Override
  public List<Runnable> shutdownNow() {
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return false;
  }
}
