package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.TaskMetrics;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.Success$;
import org.apache.spark.TaskEndReason;
import org.apache.spark.TaskResultLost$;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** What is made of Spark's events; these are made up. */
class SparkWorkTest {
  private final SparkWork work = new SparkWork("mine");

  private static Properties of(String task, Phase phase) {
    Properties properties = new Properties();
    properties.setProperty(SparkWork.TASK, task);
    properties.setProperty(SparkWork.PHASE, phase.title());
    return properties;
  }

  private static StageInfo stage(int id, int tasks) {
    StageInfo info =
        new StageInfo(
            id,
            0,
            "count at Here.java:1",
            tasks,
            CollectionConverters.asScala(java.util.List.<org.apache.spark.storage.RDDInfo>of())
                .toSeq(),
            CollectionConverters.asScala(java.util.List.<Object>of()).toSeq(),
            "",
            new org.apache.spark.executor.TaskMetrics(),
            CollectionConverters.asScala(
                    java.util.List
                        .<scala.collection.immutable.Seq<org.apache.spark.scheduler.TaskLocation>>
                            of())
                .toSeq(),
            Option.empty(),
            0,
            false,
            0);
    info.submissionTime_$eq(Option.apply(1_000L));
    info.completionTime_$eq(Option.apply(3_500L));
    return info;
  }

  private void job(String task, int id) {
    work.onJobStart(
        new SparkListenerJobStart(
            id,
            0,
            CollectionConverters.asScala(java.util.List.<StageInfo>of()).toSeq(),
            of(task, Phase.COMPUTE)));
  }

  private void submitted(String task, Phase phase, StageInfo stage) {
    work.onStageSubmitted(new SparkListenerStageSubmitted(stage, of(task, phase)));
  }

  private void completed(StageInfo stage) {
    work.onStageCompleted(new SparkListenerStageCompleted(stage));
  }

  private void task(
      int stage,
      int attempt,
      TaskEndReason reason,
      org.apache.spark.executor.@Nullable TaskMetrics metrics) {
    TaskInfo info =
        new TaskInfo(1, 0, attempt, 0, 0, "1", "host", TaskLocality.PROCESS_LOCAL(), false);
    work.onTaskEnd(
        new SparkListenerTaskEnd(
            stage, 0, "ResultTask", reason, info, new ExecutorMetrics(), metrics));
  }

  /** Of a task that ran for so long. */
  private static org.apache.spark.executor.TaskMetrics ran(long millis, long peak) {
    org.apache.spark.executor.TaskMetrics metrics = new org.apache.spark.executor.TaskMetrics();
    metrics.setExecutorRunTime(millis);
    metrics.setExecutorCpuTime(millis * 500_000);
    metrics.setJvmGCTime(millis / 10);
    metrics.setPeakExecutionMemory(peak);
    metrics.incMemoryBytesSpilled(7);
    metrics.incDiskBytesSpilled(3);
    metrics.outputMetrics().setRecordsWritten(10);
    metrics.outputMetrics().setBytesWritten(100);
    return metrics;
  }

  private TaskMetrics metrics() {
    return work.metrics(10, Map.of("compute", 9.0), true);
  }

  @Test
  void what_is_submitted_with_the_tasks_name_counts_and_nothing_else() {
    StageInfo mine = stage(1, 2);
    StageInfo others = stage(2, 1);
    job("mine", 1);
    job("other", 2);
    submitted("mine", Phase.COMPUTE, mine);
    submitted("other", Phase.COMPUTE, others);
    work.onStageSubmitted(new SparkListenerStageSubmitted(stage(3, 1), null));
    task(1, 0, Success$.MODULE$, ran(1_000, 50));
    task(1, 0, Success$.MODULE$, ran(500, 80));
    task(2, 0, Success$.MODULE$, ran(9_000, 900));
    task(3, 0, Success$.MODULE$, ran(9_000, 900));
    completed(mine);
    completed(others);
    TaskMetrics all = metrics();
    assertThat(all.jobs()).isEqualTo(1);
    assertThat(all.stages()).isEqualTo(1);
    assertThat(all.tasks()).isEqualTo(2);
    assertThat(all.executorSeconds()).isEqualTo(1.5);
    assertThat(all.cpuSeconds()).isEqualTo(0.75);
    assertThat(all.gcSeconds()).isEqualTo(0.15);
    assertThat(all.peakMemoryBytes()).isEqualTo(80);
    assertThat(all.spilledMemoryBytes()).isEqualTo(14);
    assertThat(all.spilledDiskBytes()).isEqualTo(6);
    assertThat(all.sharedSeconds()).isEqualTo(1.5);
    assertThat(all.views()).isEmpty();
    TaskMetrics.StageCost only = all.longestStages().get(0);
    assertThat(only.id()).isEqualTo(1);
    assertThat(only.seconds()).isEqualTo(2.5);
    assertThat(only.phase()).isEqualTo("compute");
    assertThat(only.tasks()).isEqualTo(2);
    assertThat(all.complete()).isTrue();
  }

  @Test
  void failed_and_repeated_tasks_are_counted_also_of_lost_executors() {
    StageInfo stage = stage(1, 1);
    submitted("mine", Phase.COMPUTE, stage);
    task(1, 0, TaskResultLost$.MODULE$, null);
    task(1, 1, Success$.MODULE$, ran(100, 1));
    completed(stage);
    // A straggler of it.
    task(1, 2, TaskResultLost$.MODULE$, ran(50, 1));
    TaskMetrics all = metrics();
    assertThat(all.tasks()).isEqualTo(3);
    assertThat(all.failedTasks()).isEqualTo(2);
    assertThat(all.retriedTasks()).isEqualTo(2);
    assertThat(all.executorSeconds()).isEqualTo(0.15);
    assertThat(all.longestStages().get(0).failedTasks()).isEqualTo(1);
  }

  @Test
  void rows_written_are_those_of_the_commit_and_not_of_the_record() {
    int id = 0;
    for (Phase phase : Phase.values()) {
      StageInfo stage = stage(++id, 1);
      submitted("mine", phase, stage);
      task(id, 0, Success$.MODULE$, ran(1, 1));
      completed(stage);
    }
    TaskMetrics all = metrics();
    assertThat(all.rowsWritten()).isEqualTo(10);
    assertThat(all.bytesWritten()).isEqualTo(100);
    assertThat(all.stages()).isEqualTo(Phase.values().length);
  }

  @Test
  void only_the_longest_stages_are_kept_however_many_there_are() {
    for (int id = 0; id < 10_000; id++) {
      StageInfo stage = stage(id, 1);
      Properties properties = of("mine", Phase.COMMIT);
      // Whose query never ends, in every other case.
      if (id % 2 == 0) {
        properties.setProperty("spark.sql.execution.id", String.valueOf(id));
      }
      work.onStageSubmitted(new SparkListenerStageSubmitted(stage, properties));
      task(id, 0, Success$.MODULE$, ran(id, 1));
      completed(stage);
    }
    TaskMetrics all = metrics();
    assertThat(all.stages()).isEqualTo(10_000);
    assertThat(all.longestStages())
        .hasSize(TaskMetrics.MOST_STAGES)
        .extracting(TaskMetrics.StageCost::id)
        .startsWith(9_999L, 9_998L)
        .endsWith(9_980L);
    assertThat(all.rowsWritten()).isEqualTo(100_000);
  }

  @Test
  void a_mark_tells_that_all_before_it_has_come() {
    CountDownLatch reached = new CountDownLatch(1);
    SparkWork.Mark mark = new SparkWork.Mark(reached);
    work.onOtherEvent(mark);
    assertThat(reached.getCount()).isZero();
    // An event log would not know what to make of it.
    assertThat(mark.logEvent()).isFalse();
    assertThat(work.metrics(1, Map.of(), false).complete()).isFalse();
  }
}
