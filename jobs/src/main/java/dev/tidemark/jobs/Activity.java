package dev.tidemark.jobs;

import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The step that a command is at, and when it is time to tell again that it goes on: all the time
 * where a bar shows it, and else after half a minute in which nothing was told.
 *
 * <p>How long it will take is not told: how many stages Spark will make of a query is known only
 * when the last has begun.
 */
final class Activity implements AutoCloseable {
  /** To the start of the line, and nothing after it. */
  static final String CLEAR = "\r\u001b[K";

  private static final long BAR_MILLIS = 200;
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** A step that is over so soon needs no bar. */
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final int BAR_COLUMNS = 20;

  private final Consumer<Alive> tell;
  private final LongSupplier nanos;
  private @Nullable ScheduledExecutorService timer;
  private Supplier<SparkTasks> tasks = () -> SparkTasks.NONE;
  private Map<String, ? extends @Nullable Object> fields = Map.of();
  private String words = "";
  private boolean bar;
  private boolean drawn;
  private long since;
  private long told;

  Activity(Consumer<Alive> tell) {
    this(tell, System::nanoTime);
  }

  /** With a clock of its own, for tests. */
  Activity(Consumer<Alive> tell, LongSupplier nanos) {
    this.tell = tell;
    this.nanos = nanos;
  }

  /**
   * Of the stages that run now.
   *
   * @param done how many of their tasks are done
   * @param all how many they have; 0: none runs
   */
  record SparkTasks(int done, int all) {
    static final SparkTasks NONE = new SparkTasks(0, 0);
  }

  /**
   * A step that goes on.
   *
   * @param step in words
   * @param fields of the step
   * @param seconds since it began
   * @param bar whether it is to be drawn, and not printed
   */
  record Alive(
      String step,
      Map<String, ? extends @Nullable Object> fields,
      long seconds,
      SparkTasks tasks,
      boolean bar) {

    /** For a line. */
    String words() {
      return tasks.all() == 0
          ? "%s, for %s".formatted(step, time())
          : "%s, for %s: %,d of %,d tasks of the running Spark stages are done"
              .formatted(step, time(), tasks.done(), tasks.all());
    }

    private String time() {
      return seconds < 60
          ? seconds + " s"
          : seconds < 3600
              ? "%d min %02d s".formatted(seconds / 60, seconds % 60)
              : "%d h %02d min".formatted(seconds / 3600, seconds / 60 % 60);
    }

    /** For a bar, no longer than a terminal is wide. */
    String line(int columns) {
      StringBuilder line = new StringBuilder();
      if (tasks.all() > 0) {
        int full = (int) ((long) BAR_COLUMNS * tasks.done() / tasks.all());
        line.append('[').append("#".repeat(full)).append("-".repeat(BAR_COLUMNS - full));
        line.append("] %,d/%,d tasks  ".formatted(tasks.done(), tasks.all()));
      }
      line.append(time()).append("  ").append(step);
      return line.length() < columns ? line.toString() : line.substring(0, columns - 1);
    }
  }

  /** Where to see how many tasks are done. */
  synchronized void watch(Supplier<SparkTasks> running) {
    tasks = running;
  }

  /**
   * A step begins, and was told.
   *
   * @param asBar whether it is drawn while it goes on
   */
  synchronized void begin(String step, Map<String, ? extends @Nullable Object> its, boolean asBar) {
    words = step;
    fields = its;
    bar = asBar;
    since = nanos.getAsLong();
    told = since;
    if (timer == null) {
      timer =
          Executors.newSingleThreadScheduledExecutor(
              work -> {
                Thread thread = new Thread(work, "tidemark-progress");
                thread.setDaemon(true);
                return thread;
              });
      long period = asBar ? BAR_MILLIS : TimeUnit.SECONDS.toMillis(1);
      Future<?> unused =
          timer.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
    }
  }

  /** Something was printed. */
  synchronized void told() {
    told = nanos.getAsLong();
  }

  synchronized void drawn() {
    drawn = true;
  }

  synchronized void cleared() {
    drawn = false;
  }

  synchronized boolean isDrawn() {
    return drawn;
  }

  /** Tells that the step goes on, if it is time. */
  void look() {
    Alive alive = due();
    if (alive != null) {
      // Not while this is held: whoever prints holds the console first.
      tell.accept(alive);
    }
  }

  private @Nullable Alive due() {
    Supplier<SparkTasks> running;
    synchronized (this) {
      long now = nanos.getAsLong();
      boolean due = bar ? now - since > PATIENCE_NANOS : now - told >= SILENCE_NANOS;
      if (words.isEmpty() || !due) {
        return null;
      }
      running = tasks;
    }
    SparkTasks counted;
    try {
      counted = running.get();
    } catch (RuntimeException stopping) {
      // Spark forgets what it did when it stops.
      counted = SparkTasks.NONE;
    }
    synchronized (this) {
      long seconds = TimeUnit.NANOSECONDS.toSeconds(nanos.getAsLong() - since);
      return new Alive(words, fields, seconds, counted, bar);
    }
  }

  @Override
  public synchronized void close() {
    words = "";
    if (timer != null) {
      timer.shutdownNow();
      timer = null;
    }
  }
}
