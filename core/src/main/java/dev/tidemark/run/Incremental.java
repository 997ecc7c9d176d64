package dev.tidemark.run;

import dev.tidemark.compile.CompiledIncrement;
import dev.tidemark.compile.CompiledView;
import dev.tidemark.compile.PinnedSources;
import dev.tidemark.compile.StoredState;
import dev.tidemark.plan.Increment;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.StateCoverage;
import dev.tidemark.plan.Task;
import dev.tidemark.store.CommitMark;
import dev.tidemark.store.StateTable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;

/**
 * Makes a view's rows of its state where that can be: folds what is new, advances the state, and
 * reads of single events only those that are older than it. Elsewhere the whole look-back is read.
 *
 * <p>What was folded is kept on the executors until this is closed.
 */
final class Incremental implements AutoCloseable {
  private final RunTools tools;
  private final Task.MaterializeInterval task;
  private final PinnedSources sources;
  private final List<InputSnapshot> inputs;
  private @Nullable Dataset<Row> kept;

  /**
   * @param inputs the states at which the sources are read
   */
  Incremental(
      RunTools tools,
      Task.MaterializeInterval task,
      PinnedSources sources,
      List<InputSnapshot> inputs) {
    this.tools = tools;
    this.task = task;
    this.sources = sources;
    this.inputs = List.copyOf(inputs);
  }

  CompiledView view() {
    if (tools.compiler().obstacle(task.view(), sources).isPresent()) {
      return whole();
    }
    StateTable state = state();
    String made = tools.stateOf(task.view());
    StoredState stored =
        state.coverage(made).map(known -> new StoredState(known, state.rows())).orElse(null);
    Optional<CompiledIncrement> compiled =
        tools.compiler().increment(task, sources, made, stored, tools.files()::since);
    return compiled.map(increment -> view(increment, state)).orElseGet(this::whole);
  }

  private CompiledView whole() {
    return tools.compiler().view(task, sources);
  }

  /** Beside the table that is read back. */
  private StateTable state() {
    return StateTable.of(tools.session(), tools.root(), task.targets().get(0));
  }

  private CompiledView view(CompiledIncrement compiled, StateTable state) {
    Dataset<Row> folded = compiled.folded();
    if (folded != null) {
      folded = folded.persist(StorageLevel.MEMORY_AND_DISK());
      kept = folded;
      advance(folded, compiled.increment(), state);
    }
    return compiled.view().apply(folded);
  }

  /** Where somebody else was faster the state is theirs, and these rows are right all the same. */
  private void advance(Dataset<Row> folded, Increment increment, StateTable state) {
    tools.step(Phase.FOLD, "folding events into " + state.name());
    int files = tools.session().sparkContext().defaultParallelism();
    StateCoverage next = increment.next();
    boolean all = increment.start() != Increment.Start.ADDING;
    String outcome =
        state
            .advance(folded.coalesce(files), all, next, mark())
            .match(
                committed -> "holds events through " + next.through(),
                conflict -> "is left to another run",
                unknown -> "may hold events through " + next.through());
    tools.step(Phase.FOLD, "%s %s".formatted(state.name(), outcome));
  }

  private CommitMark mark() {
    return new CommitMark(
        tools.runId(),
        task.view().view().ref().toString(),
        task.view().fingerprint(),
        inputs,
        task.interval(),
        null,
        0,
        tools.version());
  }

  @Override
  public void close() {
    Dataset<Row> folded = kept;
    if (folded != null) {
      folded.unpersist();
    }
  }
}
