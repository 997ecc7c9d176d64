package dev.tidemark.run;

import dev.tidemark.compile.SourceScans;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.pit.ExecutedPlan;
import dev.tidemark.plan.TaskMetrics;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd;
import org.jspecify.annotations.Nullable;

/**
 * Adds up what Spark does for one task, as Spark's events tell it.
 *
 * <p>Spark's jobs are the task's if they were submitted with its name in the local property {@link
 * #TASK}, which threads inherit. Which operators a stage ran is told by the metrics that its tasks
 * changed: each belongs to one operator of the query's plan, which comes with the query's end.
 *
 * <p>Memory is bounded by what runs at the same time, not by how long: a stage is kept until its
 * query has ended, and then only if it is among the longest.
 */
final class SparkWork extends SparkListener {
  /** The local property that names the task. */
  static final String TASK = "tidemark.task";

  /** The local property that names the phase, by its title. */
  static final String PHASE = "tidemark.phase";

  private static final String EXECUTION = "spark.sql.execution.id";
  private static final String ROWS = "numOutputRows";

  /** Of so many metrics the last value is known; kept results have theirs in several queries. */
  private static final int MOST_METRICS = 20_000;

  /** Queries that ended before all of their stages did. */
  private static final int MOST_ENDED = 1_000;

  private final String task;
  private @Nullable SourceScans scans;
  private final Totals totals = new Totals();
  private final BitSet ours = new BitSet();
  private final Map<Integer, Stage> running = new HashMap<>();
  private final Map<Long, List<Stage>> waiting = new TreeMap<>();
  private final Map<Long, Boolean> ended = bounded(MOST_ENDED);
  private final Map<Long, Long> known = bounded(MOST_METRICS);
  private final Map<String, Source> sources = new LinkedHashMap<>();
  private final Map<List<String>, View> views = new LinkedHashMap<>();
  private final List<TaskMetrics.StageCost> longest = new ArrayList<>();
  private boolean wrong;

  SparkWork(String task) {
    this.task = task;
  }

  /** Is posted after all that is to be counted. */
  record Mark(CountDownLatch reached) implements SparkListenerEvent {
    @Override
    public boolean logEvent() {
      return false;
    }
  }

  private static final class Totals {
    long rowsRead;
    long bytesRead;
    long rowsWritten;
    long bytesWritten;
    long shuffleRead;
    long shuffleWritten;
    long spilledMemory;
    long spilledDisk;
    long runMillis;
    long cpuNanos;
    long gcMillis;
    long peakMemory;
    long jobs;
    long stages;
    long tasks;
    long failed;
    long retried;
  }

  private static final class Source {
    long rows;
    long bytes;
    boolean mixed;
  }

  private static final class View {
    long events;
    long rows;
    long bytes;
    long shuffle;
    long ownMillis;
    long joinNanos;
  }

  /** One try of a stage. */
  private static final class Stage {
    final int id;
    final String phase;
    final String calledAt;
    final @Nullable Long execution;
    long started;
    long ended;
    long tasks;
    long failed;
    long runMillis;
    long inputRows;
    long inputBytes;
    long shuffleReadRows;
    long shuffleRead;
    long shuffleWrittenRows;
    long shuffleWritten;
    long outputRows;
    long outputBytes;
    Set<Long> metrics = Set.of();

    Stage(StageInfo info, String phase, @Nullable Long execution) {
      this.id = info.stageId();
      this.phase = phase;
      this.calledAt = info.name();
      this.execution = execution;
    }
  }

  private static <K, V> Map<K, V> bounded(int most) {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
      }
    };
  }

  /** From now on it is known which scans are of sources. */
  synchronized void reads(SourceScans found) {
    scans = found;
  }

  private boolean isOurs(@Nullable Properties properties) {
    return properties != null && task.equals(properties.getProperty(TASK));
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart event) {
    if (isOurs(event.properties())) {
      totals.jobs++;
    }
  }

  @Override
  public synchronized void onStageSubmitted(SparkListenerStageSubmitted event) {
    Properties properties = event.properties();
    if (!isOurs(properties)) {
      return;
    }
    String execution = properties.getProperty(EXECUTION);
    Stage stage =
        new Stage(
            event.stageInfo(),
            properties.getProperty(PHASE, Phase.PLAN.title()),
            execution == null ? null : Long.valueOf(execution));
    totals.stages++;
    ours.set(stage.id);
    running.put(stage.id, stage);
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd event) {
    if (!ours.get(event.stageId())) {
      return;
    }
    boolean failed = !(event.reason() instanceof Success$);
    totals.tasks++;
    totals.failed += failed ? 1 : 0;
    totals.retried += event.taskInfo() != null && event.taskInfo().attemptNumber() > 0 ? 1 : 0;
    Stage stage = running.get(event.stageId());
    if (stage != null) {
      stage.tasks++;
      stage.failed += failed ? 1 : 0;
    }
    // Of a task that was lost with its executor nothing is known.
    if (event.taskMetrics() != null) {
      add(event.taskMetrics(), stage);
    }
  }

  private void add(org.apache.spark.executor.TaskMetrics metrics, @Nullable Stage stage) {
    totals.runMillis += metrics.executorRunTime();
    totals.cpuNanos += metrics.executorCpuTime();
    totals.gcMillis += metrics.jvmGCTime();
    totals.spilledMemory += metrics.memoryBytesSpilled();
    totals.spilledDisk += metrics.diskBytesSpilled();
    totals.peakMemory = Math.max(totals.peakMemory, metrics.peakExecutionMemory());
    totals.shuffleRead += metrics.shuffleReadMetrics().totalBytesRead();
    totals.shuffleWritten += metrics.shuffleWriteMetrics().bytesWritten();
    if (stage == null) {
      return;
    }
    stage.runMillis += metrics.executorRunTime();
    stage.inputRows += metrics.inputMetrics().recordsRead();
    stage.inputBytes += metrics.inputMetrics().bytesRead();
    stage.shuffleReadRows += metrics.shuffleReadMetrics().recordsRead();
    stage.shuffleRead += metrics.shuffleReadMetrics().totalBytesRead();
    stage.shuffleWrittenRows += metrics.shuffleWriteMetrics().recordsWritten();
    stage.shuffleWritten += metrics.shuffleWriteMetrics().bytesWritten();
    stage.outputRows += metrics.outputMetrics().recordsWritten();
    stage.outputBytes += metrics.outputMetrics().bytesWritten();
  }

  @Override
  public synchronized void onStageCompleted(SparkListenerStageCompleted event) {
    Stage stage = running.remove(event.stageInfo().stageId());
    if (stage == null) {
      return;
    }
    StageInfo info = event.stageInfo();
    long now = System.currentTimeMillis();
    stage.started = info.submissionTime().isDefined() ? (Long) info.submissionTime().get() : now;
    stage.ended = info.completionTime().isDefined() ? (Long) info.completionTime().get() : now;
    Set<Long> metrics = new HashSet<>();
    info.accumulables().keysIterator().foreach(id -> metrics.add((Long) id));
    stage.metrics = metrics;
    if (stage.phase.equals(Phase.COMMIT.title())) {
      totals.rowsWritten += stage.outputRows;
      totals.bytesWritten += stage.outputBytes;
    }
    Long execution = stage.execution;
    if (execution == null || ended.containsKey(execution)) {
      attribute(stage, Operators.NONE);
    } else {
      waiting.computeIfAbsent(execution, none -> new ArrayList<>()).add(stage);
    }
  }

  @Override
  public void onOtherEvent(SparkListenerEvent event) {
    if (event instanceof SparkListenerSQLExecutionEnd end) {
      ended(end);
    } else if (event instanceof Mark mark) {
      mark.reached().countDown();
    }
  }

  private synchronized void ended(SparkListenerSQLExecutionEnd event) {
    List<Stage> stages = waiting.remove(event.executionId());
    boolean isRunning =
        running.values().stream()
            .anyMatch(stage -> Long.valueOf(event.executionId()).equals(stage.execution));
    if (stages == null && !isRunning) {
      return;
    }
    ended.put(event.executionId(), true);
    Operators operators = Operators.NONE;
    try {
      if (event.qe() != null) {
        operators = new Operators(event.qe().executedPlan(), scans);
        count(operators);
      }
    } catch (RuntimeException unplanned) {
      // A query that failed may have no plan; what its stages cost is known all the same.
      wrong |= event.executionFailure().isEmpty();
    }
    for (Stage stage : stages == null ? List.<Stage>of() : stages) {
      attribute(stage, operators);
    }
  }

  /** The operators of a query by their metrics. */
  private static final class Operators {
    static final Operators NONE = new Operators();

    final List<ExecutedPlan.Operator> all;
    final Map<Long, ExecutedPlan.Operator> byMetric = new HashMap<>();
    final IdentityHashMap<SparkPlan, String> scanned = new IdentityHashMap<>();

    private Operators() {
      all = List.of();
    }

    Operators(SparkPlan executed, @Nullable SourceScans scans) {
      all = ExecutedPlan.of(executed);
      for (ExecutedPlan.Operator operator : all) {
        operator.metrics().forEach(metric -> byMetric.putIfAbsent(metric.id(), operator));
        if (scans != null) {
          scans
              .of(operator.plan())
              .map(ResourceName::toString)
              .ifPresent(source -> scanned.put(operator.plan(), source));
        }
      }
    }

    /** Those that a stage ran. */
    List<ExecutedPlan.Operator> of(Stage stage) {
      return stage.metrics.stream()
          .map(byMetric::get)
          .filter(java.util.Objects::nonNull)
          .distinct()
          .toList();
    }
  }

  /** Rows of scans, events, and what joins took over them: all told by operators themselves. */
  private void count(Operators operators) {
    for (ExecutedPlan.Operator operator : operators.all) {
      String source = operators.scanned.get(operator.plan());
      SQLMetric rows =
          source == null ? null : operator.plan().metrics().get(ROWS).getOrElse(() -> null);
      if (source != null && rows != null) {
        long more = more(rows);
        totals.rowsRead += more;
        sources.computeIfAbsent(source, none -> new Source()).rows += more;
        if (!operator.titles().isEmpty()) {
          view(operator.titles()).rows += more;
        }
      }
      SQLMetric packed = operator.packed();
      if (packed != null && !operator.titles().isEmpty()) {
        view(operator.titles()).events += more(packed);
      }
      for (ExecutedPlan.TakenIn input : operator.takenIn()) {
        view(input.titles()).joinNanos += more(input.nanos());
      }
    }
  }

  /** By how much a metric has grown; those of kept results are met in several queries. */
  private long more(SQLMetric metric) {
    long value = metric.value();
    Long before = known.put(metric.id(), value);
    return Math.max(0, value - (before == null ? 0 : before));
  }

  private View view(List<String> titles) {
    return views.computeIfAbsent(titles, none -> new View());
  }

  private void attribute(Stage stage, Operators operators) {
    List<ExecutedPlan.Operator> ran = operators.of(stage);
    Set<String> scanned =
        ran.stream()
            .map(operator -> operators.scanned.get(operator.plan()))
            .filter(java.util.Objects::nonNull)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    boolean joins = ran.stream().anyMatch(ExecutedPlan.Operator::isJoin);
    Set<List<String>> titles =
        ran.stream()
            .map(ExecutedPlan.Operator::titles)
            .filter(some -> !some.isEmpty())
            .collect(Collectors.toCollection(LinkedHashSet::new));
    List<String> of = !joins && titles.size() == 1 ? titles.iterator().next() : List.of();
    if (!scanned.isEmpty()) {
      totals.bytesRead += stage.inputBytes;
      for (String source : scanned) {
        Source read = sources.computeIfAbsent(source, none -> new Source());
        read.bytes += stage.inputBytes;
        read.mixed |= scanned.size() > 1;
      }
    }
    if (!of.isEmpty()) {
      View view = view(of);
      view.ownMillis += stage.runMillis;
      view.shuffle += stage.shuffleWritten;
      view.bytes += scanned.isEmpty() ? 0 : stage.inputBytes;
    }
    keep(cost(stage, name(stage, joins, of, scanned), of));
  }

  private static String name(Stage stage, boolean joins, List<String> of, Set<String> scanned) {
    String sources = String.join(", ", scanned);
    if (joins) {
      return scanned.isEmpty()
          ? "joining events to the spine"
          : "reading %s, joining events to the spine".formatted(sources);
    }
    if (!of.isEmpty()) {
      String views = String.join(", ", of);
      return scanned.isEmpty()
          ? "preparing events of " + views
          : "reading %s for %s".formatted(sources, views);
    }
    if (!scanned.isEmpty()) {
      return "reading " + sources;
    }
    return stage.outputRows > 0
        ? "writing files"
        : "%s (%s)".formatted(stage.phase, stage.calledAt);
  }

  private static TaskMetrics.StageCost cost(Stage stage, String name, List<String> of) {
    long read = stage.inputRows + stage.shuffleReadRows;
    boolean reads = read > 0;
    return new TaskMetrics.StageCost(
        stage.id,
        name,
        stage.phase,
        of,
        stage.tasks,
        stage.failed,
        (stage.ended - stage.started) / 1e3,
        stage.runMillis / 1e3,
        reads ? read : stage.outputRows + stage.shuffleWrittenRows,
        reads ? stage.inputBytes + stage.shuffleRead : stage.outputBytes + stage.shuffleWritten);
  }

  private void keep(TaskMetrics.StageCost stage) {
    longest.add(stage);
    if (longest.size() > 2 * TaskMetrics.MOST_STAGES) {
      List<TaskMetrics.StageCost> some = longest();
      longest.clear();
      longest.addAll(some);
    }
  }

  private List<TaskMetrics.StageCost> longest() {
    return longest.stream()
        .sorted(
            Comparator.comparing(TaskMetrics.StageCost::executorSeconds)
                .reversed()
                .thenComparing(TaskMetrics.StageCost::id))
        .limit(TaskMetrics.MOST_STAGES)
        .toList();
  }

  /**
   * What there was until now.
   *
   * @param complete whether all events have come
   */
  synchronized TaskMetrics metrics(double seconds, Map<String, Double> phases, boolean complete) {
    // Whose query never told of its end.
    waiting.values().forEach(some -> some.forEach(stage -> attribute(stage, Operators.NONE)));
    waiting.clear();
    double executor = totals.runMillis / 1e3;
    List<TaskMetrics.ViewCost> costs = new ArrayList<>();
    views.forEach(
        (titles, view) -> {
          double own = view.ownMillis / 1e3;
          double join = view.joinNanos / 1e9;
          costs.add(
              new TaskMetrics.ViewCost(
                  titles,
                  view.events,
                  view.rows,
                  view.bytes,
                  view.shuffle,
                  own,
                  join,
                  executor == 0 ? 0 : Math.min(1, (own + join) / executor)));
        });
    costs.sort(Comparator.comparing(TaskMetrics.ViewCost::share).reversed());
    double ofViews =
        costs.stream().mapToDouble(view -> view.ownSeconds() + view.joinSeconds()).sum();
    List<TaskMetrics.SourceCost> read = new ArrayList<>();
    new TreeMap<>(sources)
        .forEach(
            (name, source) ->
                read.add(
                    new TaskMetrics.SourceCost(
                        name, source.rows, source.mixed ? null : source.bytes)));
    return new TaskMetrics(
        seconds,
        totals.rowsRead,
        totals.bytesRead,
        totals.rowsWritten,
        totals.bytesWritten,
        totals.shuffleRead,
        totals.shuffleWritten,
        totals.spilledMemory,
        totals.spilledDisk,
        executor,
        totals.cpuNanos / 1e9,
        totals.gcMillis / 1e3,
        totals.peakMemory,
        totals.jobs,
        totals.stages,
        totals.tasks,
        totals.failed,
        totals.retried,
        phases,
        read,
        costs,
        Math.max(0, executor - ofViews),
        longest(),
        complete && !wrong);
  }
}
