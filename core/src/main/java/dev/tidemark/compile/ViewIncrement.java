package dev.tidemark.compile;

import dev.tidemark.definition.Materialize;
import dev.tidemark.definition.Problem;
import dev.tidemark.pit.Engine;
import dev.tidemark.pit.Lookup;
import dev.tidemark.plan.FileChanges;
import dev.tidemark.plan.Increment;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** Compiles a view's values at ticks by way of its state. */
final class ViewIncrement {
  private final SparkSession session;
  private final Engine engine;
  private final Task.MaterializeInterval task;
  private final ViewEvents view;
  private final boolean explaining;
  private final BiFunction<InputSnapshot, List<InputFile>, Optional<FileChanges>> files;

  /**
   * @param explaining whether with what tells why features are null
   * @param files in what a list of files differs from an earlier one, by its state
   */
  ViewIncrement(
      SparkSession session,
      Engine engine,
      Task.MaterializeInterval task,
      ViewEvents view,
      boolean explaining,
      BiFunction<InputSnapshot, List<InputFile>, Optional<FileChanges>> files) {
    this.session = session;
    this.engine = engine;
    this.task = task;
    this.view = view;
    this.explaining = explaining;
    this.files = files;
  }

  /** What the sources got since a state. */
  private record Came(boolean tellable, @Nullable List<Lookup> lookups) {}

  /** As {@link Compiler#increment}. */
  Optional<CompiledIncrement> compile(
      List<InputSnapshot> inputs,
      String made,
      @Nullable StoredState stored,
      List<Problem> warnings) {
    Came came = stored == null ? new Came(true, null) : came(stored, inputs);
    return Increment.of(
            asked(), stored == null ? null : stored.coverage(), came.tellable(), made, inputs)
        .map(increment -> compiled(increment, came, stored, warnings));
  }

  private Came came(StoredState stored, List<InputSnapshot> inputs) {
    List<InputSnapshot> then = stored.coverage().inputs();
    if (new HashSet<>(then).equals(new HashSet<>(inputs))) {
      return new Came(true, null);
    }
    try {
      Dataset<Row> added = new ViewArrivals(session, files).added(view.resolved(), view, then);
      return new Came(true, lookups(new ViewEvents(view.resolved(), added, view.types())));
    } catch (AddedRows.UntoldException e) {
      return new Came(false, null);
    }
  }

  private List<Lookup> lookups(ViewEvents events) {
    return ViewCompiler.lookups(events, explaining);
  }

  private Increment.Asked asked() {
    List<Instant> ticks = task.ticks();
    Materialize materialize = Objects.requireNonNull(task.view().view().materialize());
    return new Increment.Asked(
        ticks.get(0),
        ticks.get(ticks.size() - 1),
        materialize.every().duration(),
        view.lookBack().map(ViewIncrement::duration).orElse(null),
        duration(LookBack.longestWindow(view.resolved().view())));
  }

  private static Duration duration(long micros) {
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  private CompiledIncrement compiled(
      Increment increment, Came came, @Nullable StoredState stored, List<Problem> warnings) {
    Materialize materialize = Objects.requireNonNull(task.view().view().materialize());
    ViewFold fold =
        new ViewFold(
            view,
            lookups(view),
            came.lookups(),
            increment,
            stored,
            materialize.every().micros(),
            ViewCompiler.range(task.ticks()));
    return new CompiledIncrement(
        increment, fold.folded(), folded -> view(fold.lookups(folded), warnings));
  }

  private CompiledView view(List<Lookup> lookups, List<Problem> warnings) {
    ViewCompiler compiler = new ViewCompiler(session, engine, task, view);
    Dataset<Row> rows = compiler.rowsOf(lookups, explaining);
    return new CompiledView(rows, rows, explaining ? compiler.evidence() : List.of(), warnings);
  }
}
