package dev.tidemark.run;

import dev.tidemark.compile.SourceScans;
import dev.tidemark.plan.TaskMetrics;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/**
 * Measures one task: the time that it is in each phase, and what Spark does for it meanwhile. Made,
 * used and closed on the task's thread.
 */
final class Meter implements AutoCloseable {
  /** Longer than Spark's events take to arrive, unless it has lost some. */
  private static final long LONGEST_WAIT_SECONDS = 5;

  private static final String DESCRIPTION = "spark.job.description";

  private final SparkContext context;
  private final SparkWork work;
  private final @Nullable String outerTask;
  private final @Nullable String outerPhase;
  private final @Nullable String outerDescription;
  private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);
  private final long began = System.nanoTime();
  private Phase phase = Phase.PLAN;
  private long since = began;

  Meter(SparkContext context) {
    this.context = context;
    this.outerTask = context.getLocalProperty(SparkWork.TASK);
    this.outerPhase = context.getLocalProperty(SparkWork.PHASE);
    this.outerDescription = context.getLocalProperty(DESCRIPTION);
    String task = UUID.randomUUID().toString();
    this.work = new SparkWork(task);
    context.addSparkListener(work);
    context.setLocalProperty(SparkWork.TASK, task);
    context.setLocalProperty(SparkWork.PHASE, phase.title());
  }

  /** The phase that now begins; it lasts until another does. */
  void enter(Phase next) {
    if (next != phase) {
      long now = System.nanoTime();
      nanos.merge(phase, now - since, Long::sum);
      since = now;
      phase = next;
      context.setLocalProperty(SparkWork.PHASE, next.title());
    }
  }

  /** What Spark's UI says of the jobs that come. */
  void describe(String words) {
    context.setLocalProperty(DESCRIPTION, "tidemark: " + words);
  }

  /** The sources at their states are known. */
  void reads(SourceScans scans) {
    work.reads(scans);
  }

  /** What there was until now. */
  TaskMetrics metrics() {
    boolean complete = arrived();
    long now = System.nanoTime();
    Map<Phase, Long> times = new EnumMap<>(nanos);
    times.merge(phase, now - since, Long::sum);
    Map<String, Double> phases = new LinkedHashMap<>();
    times.forEach((each, time) -> phases.put(each.title(), time / 1e9));
    return work.metrics((now - began) / 1e9, phases, complete);
  }

  /** Whether all events until now have come: they do so a moment later, on a thread of Spark's. */
  private boolean arrived() {
    if (context.isStopped()) {
      return false;
    }
    CountDownLatch reached = new CountDownLatch(1);
    context.listenerBus().post(new SparkWork.Mark(reached));
    try {
      return reached.await(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    context.removeSparkListener(work);
    context.setLocalProperty(SparkWork.TASK, outerTask);
    context.setLocalProperty(SparkWork.PHASE, outerPhase);
    context.setLocalProperty(DESCRIPTION, outerDescription);
  }
}
