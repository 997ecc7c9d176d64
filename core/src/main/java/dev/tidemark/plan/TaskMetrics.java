package dev.tidemark.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a task cost. Executor times are summed over all that ran at once, so they may be longer than
 * {@code seconds}.
 *
 * @param seconds by the clock, until it was measured
 * @param rowsRead out of the scans of all sources, each scan counted: a table that is read twice
 *     counts twice
 * @param bytesRead from storage, by those scans
 * @param rowsWritten into the files of all tables of the task
 * @param bytesWritten likewise
 * @param shuffleBytesRead by all Spark stages of the task, as what follows
 * @param spilledMemoryBytes as they were in memory
 * @param spilledDiskBytes as they came to disk
 * @param cpuSeconds of executors
 * @param gcSeconds of executors
 * @param peakMemoryBytes of the Spark task that took the most execution memory
 * @param retriedTasks Spark tasks that were tries after the first
 * @param phases seconds by the clock in each phase of ours, in the order they were entered; they
 *     come to {@code seconds} or less
 * @param sharedSeconds executor seconds that are no view's: with those of {@code views} they come
 *     to {@code executorSeconds}
 * @param longestStages no more than {@link #MOST_STAGES}, the longest first
 * @param complete false: Spark did not tell all in time, and numbers may be too small
 */
public record TaskMetrics(
    double seconds,
    long rowsRead,
    long bytesRead,
    long rowsWritten,
    long bytesWritten,
    long shuffleBytesRead,
    long shuffleBytesWritten,
    long spilledMemoryBytes,
    long spilledDiskBytes,
    double executorSeconds,
    double cpuSeconds,
    double gcSeconds,
    long peakMemoryBytes,
    long jobs,
    long stages,
    long tasks,
    long failedTasks,
    long retriedTasks,
    Map<String, Double> phases,
    List<SourceCost> sources,
    List<ViewCost> views,
    double sharedSeconds,
    List<StageCost> longestStages,
    boolean complete) {
  /** How many stages are told one by one. */
  public static final int MOST_STAGES = 20;

  /**
   * What was read of a source.
   *
   * @param rows out of its scans, which may have left some out by their filters
   * @param bytes null: it was scanned together with another, and nobody knows whose bytes they were
   */
  public record SourceCost(String source, long rows, @Nullable Long bytes) {}

  /**
   * What the events of a view cost, or of several views that read the same events at once.
   *
   * @param views their names; of a label with a horizon, the label's
   * @param events that were brought to the join, after filters
   * @param rowsRead out of the scans that read for it alone
   * @param bytesRead likewise
   * @param shuffleBytes written by its own stages
   * @param ownSeconds executor seconds of stages that worked for it alone: scans, transformations,
   *     packing
   * @param joinSeconds executor seconds in which the join fetched its events and put them into
   *     slots
   * @param share of the task's executor seconds, 0 to 1
   */
  public record ViewCost(
      List<String> views,
      long events,
      long rowsRead,
      long bytesRead,
      long shuffleBytes,
      double ownSeconds,
      double joinSeconds,
      double share) {
    public ViewCost {
      views = List.copyOf(views);
    }
  }

  /**
   * One try of a Spark stage.
   *
   * @param id Spark's
   * @param name what it did
   * @param phase in which it was started
   * @param views those whose events it worked for alone; empty: none
   * @param seconds by the clock
   * @param rows that its tasks read or, where they read none, wrote: records of storage, kept
   *     results and shuffles
   * @param bytes likewise
   */
  public record StageCost(
      long id,
      String name,
      String phase,
      List<String> views,
      long tasks,
      long failedTasks,
      double seconds,
      double executorSeconds,
      long rows,
      long bytes) {
    public StageCost {
      views = List.copyOf(views);
    }
  }

  public TaskMetrics {
    phases = Collections.unmodifiableMap(new LinkedHashMap<>(phases));
    sources = List.copyOf(sources);
    views = List.copyOf(views);
    longestStages = List.copyOf(longestStages);
  }

  /** As the JSON has it; a contract, in {@code docs/cli.md}. Seconds have milliseconds. */
  public Map<String, @Nullable Object> fields() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("seconds", millis(seconds));
    fields.put("rows_read", rowsRead);
    fields.put("bytes_read", bytesRead);
    fields.put("rows_written", rowsWritten);
    fields.put("bytes_written", bytesWritten);
    fields.put("shuffle_bytes_read", shuffleBytesRead);
    fields.put("shuffle_bytes_written", shuffleBytesWritten);
    fields.put("spilled_memory_bytes", spilledMemoryBytes);
    fields.put("spilled_disk_bytes", spilledDiskBytes);
    fields.put("executor_seconds", millis(executorSeconds));
    fields.put("cpu_seconds", millis(cpuSeconds));
    fields.put("gc_seconds", millis(gcSeconds));
    fields.put("peak_memory_bytes", peakMemoryBytes);
    fields.put("spark_jobs", jobs);
    fields.put("spark_stages", stages);
    fields.put("spark_tasks", tasks);
    fields.put("failed_spark_tasks", failedTasks);
    fields.put("retried_spark_tasks", retriedTasks);
    Map<String, Double> rounded = new LinkedHashMap<>();
    // Down, so that they still come to no more than all.
    phases.forEach((phase, time) -> rounded.put(phase, Math.floor(time * 1000) / 1000));
    fields.put("phases", rounded);
    fields.put("sources", sources.stream().map(TaskMetrics::fields).toList());
    fields.put("views", views.stream().map(TaskMetrics::fields).toList());
    fields.put("shared_executor_seconds", millis(sharedSeconds));
    fields.put("longest_stages", longestStages.stream().map(TaskMetrics::fields).toList());
    fields.put("complete", complete);
    return fields;
  }

  private static Map<String, @Nullable Object> fields(SourceCost source) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("source", source.source());
    fields.put("rows_read", source.rows());
    fields.put("bytes_read", source.bytes());
    return fields;
  }

  private static Map<String, @Nullable Object> fields(ViewCost view) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("views", view.views());
    fields.put("events", view.events());
    fields.put("rows_read", view.rowsRead());
    fields.put("bytes_read", view.bytesRead());
    fields.put("shuffle_bytes_written", view.shuffleBytes());
    fields.put("executor_seconds", millis(view.ownSeconds() + view.joinSeconds()));
    fields.put("own_stages_seconds", millis(view.ownSeconds()));
    fields.put("join_seconds", millis(view.joinSeconds()));
    fields.put("share", millis(view.share()));
    return fields;
  }

  private static Map<String, @Nullable Object> fields(StageCost stage) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", stage.id());
    fields.put("name", stage.name());
    fields.put("phase", stage.phase());
    fields.put("views", new ArrayList<>(stage.views()));
    fields.put("tasks", stage.tasks());
    fields.put("failed_tasks", stage.failedTasks());
    fields.put("seconds", millis(stage.seconds()));
    fields.put("executor_seconds", millis(stage.executorSeconds()));
    fields.put("rows", stage.rows());
    fields.put("bytes", stage.bytes());
    return fields;
  }

  private static double millis(double seconds) {
    return Math.round(seconds * 1000) / 1000.0;
  }
}
