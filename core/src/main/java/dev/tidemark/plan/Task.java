package dev.tidemark.plan;

import dev.tidemark.definition.Rows;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One thing to do that ends in one commit a target. */
public sealed interface Task
    permits Task.BuildTrainingSet,
        Task.MaterializeInterval,
        Task.MaterializeLatest,
        Task.ScoreKeys {

  /** Stable, and different from every other task's of the plan. */
  String id();

  /** The sources and transformations whose rows it uses itself, each once. */
  List<Rows> reads();

  /** The tables it writes; the first is the one that is read back. */
  List<Target> targets();

  <R> R match(
      Function<BuildTrainingSet, R> build,
      Function<MaterializeInterval, R> materialize,
      Function<MaterializeLatest, R> latest,
      Function<ScoreKeys, R> score);

  /**
   * Builds a training set and replaces its tables' rows.
   *
   * @param trainingSet with the views of those selections that are materialized as their offline
   *     tables have them
   * @param asOf nothing that was not known at this instant enters a label; null: as the label's
   *     data reach
   */
  record BuildTrainingSet(
      ResolvedTrainingSet trainingSet, @Nullable Instant asOf, List<Target> targets)
      implements Task {
    public BuildTrainingSet {
      targets = List.copyOf(targets);
    }

    @Override
    public String id() {
      return "build/" + trainingSet.trainingSet().ref().shortName();
    }

    @Override
    public List<Rows> reads() {
      Set<Rows> reads = new LinkedHashSet<>();
      reads.add(trainingSet.spine());
      if (trainingSet.labelSource() != null) {
        reads.add(trainingSet.labelSource());
      }
      trainingSet.selections().forEach(selection -> reads.addAll(selection.view().sources()));
      return List.copyOf(reads);
    }

    @Override
    public <R> R match(
        Function<BuildTrainingSet, R> build,
        Function<MaterializeInterval, R> materialize,
        Function<MaterializeLatest, R> latest,
        Function<ScoreKeys, R> score) {
      return build.apply(this);
    }
  }

  /**
   * Computes a view's values at the ticks of consecutive intervals together, and replaces what its
   * tables hold of each, one commit an interval and target, oldest first.
   *
   * @param interval from the first tick to the end of the last interval
   * @param due the intervals, in order, the next begins where one ends
   * @param lookBack how earlier events are read, in words; null: it is not known yet
   */
  record MaterializeInterval(
      ResolvedView view,
      Interval interval,
      List<DueInterval> due,
      List<Target> targets,
      @Nullable String lookBack)
      implements Task {
    public MaterializeInterval {
      due = List.copyOf(due);
      targets = List.copyOf(targets);
    }

    /** Of intervals that are consecutive. */
    static MaterializeInterval of(
        ResolvedView view, List<DueInterval> due, List<Target> targets, @Nullable String lookBack) {
      Interval all =
          new Interval(due.get(0).interval().start(), due.get(due.size() - 1).interval().end());
      return new MaterializeInterval(view, all, due, targets, lookBack);
    }

    /** Some of its intervals, which are consecutive too. */
    public MaterializeInterval only(List<DueInterval> some) {
      return of(view, some, targets, lookBack);
    }

    /** The as-of times, in order: each at the start of its interval. */
    public List<Instant> ticks() {
      return due.stream().map(DueInterval::tick).toList();
    }

    @Override
    public String id() {
      return "materialize/"
          + view.view().ref().shortName()
          + "/"
          + interval.start()
          + "/"
          + interval.end();
    }

    @Override
    public List<Rows> reads() {
      return view.sources();
    }

    @Override
    public <R> R match(
        Function<BuildTrainingSet, R> build,
        Function<MaterializeInterval, R> materialize,
        Function<MaterializeLatest, R> latest,
        Function<ScoreKeys, R> score) {
      return materialize.apply(this);
    }
  }

  /**
   * Computes the newest values of a view's keys as of one instant, and replaces its table of them.
   *
   * @param asOf T
   * @param whole true: every key is computed, also where the rows of the run before would do
   */
  record MaterializeLatest(ResolvedView view, Instant asOf, boolean whole, List<Target> targets)
      implements Task {
    public MaterializeLatest {
      targets = List.copyOf(targets);
    }

    @Override
    public String id() {
      return "latest/" + view.view().ref().shortName() + "/" + asOf;
    }

    @Override
    public List<Rows> reads() {
      return view.sources();
    }

    @Override
    public <R> R match(
        Function<BuildTrainingSet, R> build,
        Function<MaterializeInterval, R> materialize,
        Function<MaterializeLatest, R> latest,
        Function<ScoreKeys, R> score) {
      return latest.apply(this);
    }
  }

  /**
   * Computes a training set's features for some keys, and replaces its table of them.
   *
   * @param trainingSet without its label and split
   * @param asOf T of all rows, or, where the keys have times of their own, the last that they may
   *     have
   * @param keys null: all keys that the views' sources show at T
   */
  record ScoreKeys(
      ResolvedTrainingSet trainingSet, Instant asOf, @Nullable KeysFile keys, List<Target> targets)
      implements Task {
    public ScoreKeys {
      targets = List.copyOf(targets);
    }

    @Override
    public String id() {
      return "score/" + trainingSet.trainingSet().ref().shortName() + "/" + asOf;
    }

    @Override
    public List<Rows> reads() {
      Set<Rows> reads = new LinkedHashSet<>();
      trainingSet.selections().forEach(selection -> reads.addAll(selection.view().sources()));
      return List.copyOf(reads);
    }

    @Override
    public <R> R match(
        Function<BuildTrainingSet, R> build,
        Function<MaterializeInterval, R> materialize,
        Function<MaterializeLatest, R> latest,
        Function<ScoreKeys, R> score) {
      return score.apply(this);
    }
  }
}
