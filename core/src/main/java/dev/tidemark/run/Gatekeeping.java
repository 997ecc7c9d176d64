package dev.tidemark.run;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.tidemark.compile.Gates;
import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Gate;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Rows;
import dev.tidemark.plan.GateWords;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.Task;
import dev.tidemark.store.CommitMark;
import dev.tidemark.store.Manifest;
import dev.tidemark.store.ManifestFiles;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.PastCommit;
import dev.tidemark.store.RowsSummary;
import dev.tidemark.store.RunHistory;
import dev.tidemark.store.RunRecord;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * Holds the rows of a task against the gates of their definition, before any file of a table is
 * written. Rows that don't pass leave a manifest of what was found and a row of the run history
 * that names no table.
 */
final class Gatekeeping {
  /** More would be read by nobody; all are in the manifests. */
  private static final int MOST_TOLD = 20;

  private final RunTools tools;
  private final Task task;
  private final List<Gate> gates;
  private final List<Problem> warnings = new ArrayList<>();

  Gatekeeping(RunTools tools, Task task) {
    this.tools = tools;
    this.task = task;
    this.gates =
        task.match(
            build -> build.trainingSet().trainingSet().gates(),
            view -> view.view().view().gates(),
            latest -> latest.view().view().gates(),
            score -> score.trainingSet().trainingSet().gates());
  }

  /**
   * What is committed together.
   *
   * @param task only that
   * @param tick null where there is only one case
   * @param before how many rows the commit before had
   * @param made what its manifest will say, but for gates and tables
   */
  record Case(
      Task task,
      @Nullable Instant tick,
      @Nullable Instant asOf,
      @Nullable Long before,
      ManifestWriter.Made made,
      CommitMark mark) {
    Gates.Batch batch() {
      Map<String, Gates.Nulls> nulls = new HashMap<>();
      for (RowsSummary.ColumnNulls column : made.rows().columns()) {
        nulls.put(column.name(), new Gates.Nulls(column.nulls(), reasons(column)));
      }
      return new Gates.Batch(tick, made.rows().rows(), nulls, asOf, before);
    }

    private static String reasons(RowsSummary.ColumnNulls column) {
      return column.reasons().entrySet().stream()
          .filter(reason -> reason.getValue() > 0)
          .map(reason -> "%s %,d".formatted(reason.getKey(), reason.getValue()))
          .collect(Collectors.joining(", "));
    }
  }

  /** What was found though it is asked otherwise, where that is no reason to refuse the rows. */
  List<Problem> warnings() {
    return warnings;
  }

  /**
   * Before anything is computed.
   *
   * @throws TaskFailure if freshness is asked, and there is no as-of time to measure it against
   */
  void mustBeAnswerable(@Nullable Instant asOf) {
    List<Problem> unanswerable =
        gates.stream()
            .filter(gate -> gate.kind() == Gate.Kind.FRESHNESS && asOf == null)
            .map(
                gate ->
                    new Problem(
                        gate.origin(),
                        "`%s` is measured against an as-of time, and there is none"
                            .formatted(gate.name()),
                        "give it: --as-of 2024-06-01T00:00:00Z; no table was changed"))
            .toList();
    if (!unanswerable.isEmpty()) {
      throw new TaskFailure(ExitCode.DEFINITION, unanswerable, null);
    }
  }

  /**
   * Holds rows against the gates.
   *
   * @param rows kept; of all cases
   * @param cases in order of time
   * @param tables what became of the tables before, for errors
   * @return of each case what was checked before and all gates
   * @throws TaskFailure with exit code 3 that tells of all that don't pass, with nothing written
   *     but what tells of it
   */
  List<List<Manifest.Check>> hold(Dataset<Row> rows, List<Case> cases, String tables) {
    if (gates.isEmpty()) {
      return cases.stream().map(each -> each.made().checks()).toList();
    }
    tools.step(Phase.CHECK, "asking %,d gates".formatted(gates.size()));
    boolean byTick = cases.get(0).tick() != null;
    Gates held =
        task.match(
            build -> Gates.of(rows, build.trainingSet(), this::reference),
            view -> Gates.of(rows, gates, byTick, this::reference),
            latest -> Gates.of(rows, gates, byTick, this::reference),
            score -> Gates.of(rows, score.trainingSet(), this::reference));
    List<Gates.Batch> batches = cases.stream().map(Case::batch).toList();
    List<List<Gates.Verdict>> verdicts = held.verdicts(batches);
    List<List<Manifest.Check>> checks = new ArrayList<>();
    List<Integer> refused = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      List<Manifest.Check> all = new ArrayList<>(cases.get(i).made().checks());
      verdicts.get(i).forEach(verdict -> all.add(check(verdict)));
      checks.add(all);
      if (verdicts.get(i).stream().anyMatch(Gatekeeping::refuses)) {
        refused.add(i);
      }
    }
    if (!refused.isEmpty()) {
      throw refusal(held, cases, batches, verdicts, checks, refused, tables);
    }
    for (int i = 0; i < cases.size(); i++) {
      for (Gates.Verdict verdict : verdicts.get(i)) {
        if (!verdict.passed()) {
          warnings.add(
              new Problem(
                  verdict.gate().origin(),
                  words(cases.get(i), verdict),
                  "the rows were committed all the same, since its severity is `warn`"));
        }
      }
    }
    return checks;
  }

  private static boolean refuses(Gates.Verdict verdict) {
    return !verdict.passed() && !verdict.gate().warns();
  }

  private static Manifest.Check check(Gates.Verdict verdict) {
    Gate gate = verdict.gate();
    return new Manifest.Check(
        "gates." + gate.name(),
        verdict.passed(),
        verdict.found(),
        new Manifest.Asked(gate.column(), gate.warns() ? "warn" : "fail", GateWords.asked(gate)));
  }

  private static String words(Case of, Gates.Verdict verdict) {
    Interval interval = of.made().interval();
    return "%s%s does not pass `%s`: asked was %s; found was %s"
        .formatted(
            ManifestWriter.resource(of.task()),
            interval == null ? "" : " at " + interval.start(),
            verdict.gate().name(),
            GateWords.asked(verdict.gate()),
            verdict.found());
  }

  private TaskFailure refusal(
      Gates held,
      List<Case> cases,
      List<Gates.Batch> batches,
      List<List<Gates.Verdict>> verdicts,
      List<List<Manifest.Check>> checks,
      List<Integer> refused,
      String tables) {
    List<String> manifests = record(cases, checks, refused);
    List<Problem> problems = new ArrayList<>();
    long all = 0;
    for (int at = 0; at < refused.size(); at++) {
      int i = refused.get(at);
      for (Gates.Verdict verdict : verdicts.get(i).stream().filter(v -> !v.passed()).toList()) {
        all++;
        if (problems.size() < MOST_TOLD) {
          List<String> examples = held.examples(verdict, batches.get(i), shown());
          problems.add(
              new Problem(
                  verdict.gate().origin(),
                  words(cases.get(i), verdict),
                  (examples.isEmpty()
                          ? ""
                          : "such as %s\n  ".formatted(String.join("; ", examples)))
                      + (verdict.gate().warns()
                          ? "its severity is `warn`: this alone refuses nothing"
                          : "mend the rows where they come from, or the gate if they are right; "
                              + tables)
                      + "\n  all that was found: "
                      + manifests.get(at)));
        }
      }
    }
    if (all > problems.size()) {
      problems.add(
          new Problem(null, "and %,d more".formatted(all - problems.size()), "see the manifests"));
    }
    return TaskFailure.refused(
        problems,
        refused.stream().flatMap(i -> checks.get(i).stream()).map(Tracing::check).toList());
  }

  /** Writes what was found of cases that are refused. */
  private List<String> record(
      List<Case> cases, List<List<Manifest.Check>> checks, List<Integer> refused) {
    Recorder recorder = new Recorder(tools.history());
    List<String> manifests = new ArrayList<>();
    for (int i : refused) {
      Case of = cases.get(i);
      String manifest = tools.manifests().write(of.task(), of.made().with(checks.get(i)));
      manifests.add(manifest);
      recorder.add(
          new RunRecord(
              tools.runId(),
              of.task().id(),
              of.mark().resource(),
              of.mark().definition(),
              Map.of(),
              of.made().interval(),
              of.mark().inputs(),
              List.of(),
              of.made().rows().rows(),
              tools.version(),
              Instant.now(),
              manifest));
    }
    recorder.flush();
    return manifests;
  }

  /**
   * The columns that tell which rows are meant: keys and time, unless they are masked. None where
   * anything that is read is tagged, since what is told ends in logs.
   */
  private List<String> shown() {
    List<Entity> entities =
        task.match(
            build -> build.trainingSet().entities(),
            view -> List.of(view.view().entity()),
            latest -> List.of(latest.view().entity()),
            score -> score.trainingSet().entities());
    boolean tagged =
        entities.stream().anyMatch(entity -> !entity.about().tags().isEmpty())
            || tools.graph().upstream(task.reads()).stream().anyMatch(Gatekeeping::isTagged);
    if (tagged) {
      return List.of();
    }
    Set<String> masked = new HashSet<>();
    List<Derived> masks =
        task.match(
            build -> build.trainingSet().trainingSet().mask(),
            view -> List.of(),
            latest -> List.of(),
            score -> score.trainingSet().trainingSet().mask());
    masks.forEach(mask -> masked.add(mask.name()));
    List<String> shown = new ArrayList<>();
    entities.forEach(entity -> entity.keys().forEach(key -> shown.add(key.name())));
    shown.add(ResolvedTrainingSet.EVENT_TIME);
    shown.removeAll(masked);
    return shown.stream().distinct().toList();
  }

  private static boolean isTagged(Rows rows) {
    return !rows.about().tags().isEmpty()
        || rows.columns().stream().anyMatch(column -> !column.about().tags().isEmpty());
  }

  // What the tables had before.

  /** True if a gate asks how the number of rows has changed. */
  private boolean asksChange() {
    return gates.stream().anyMatch(gate -> gate.kind() == Gate.Kind.CHANGE);
  }

  /** How many rows the newest commit wrote to the first table; null if there is none. */
  @Nullable Long before() {
    OfflineTable table = tools.table(task.targets().get(0));
    return asksChange() && table.exists()
        ? Replacement.newest(table).map(PastCommit::rows).orElse(null)
        : null;
  }

  /** The same for the interval that is the newest before an instant. */
  @Nullable Long before(Instant start) {
    OfflineTable table = tools.table(task.targets().get(0));
    if (!asksChange() || !table.exists()) {
      return null;
    }
    Map<Interval, PastCommit> newest = new HashMap<>();
    for (PastCommit commit : RunHistory.recent(table)) {
      Optional<Interval> of = commit.sameRows() ? Optional.empty() : commit.interval();
      of.filter(interval -> !interval.end().isAfter(start))
          .ifPresent(interval -> newest.putIfAbsent(interval, commit));
    }
    return newest.entrySet().stream()
        .max(Comparator.comparing(entry -> entry.getKey().start()))
        .map(entry -> entry.getValue().rows())
        .orElse(null);
  }

  // What others had.

  private Dataset<Row> reference(Gate gate) {
    Named reference = Objects.requireNonNull(gate.reference());
    Manifest manifest = manifest(reference);
    Dataset<Row> rows = null;
    Throwable why = null;
    for (Manifest.Output output : manifest.outputs()) {
      try {
        Dataset<Row> found = read(output);
        // A snapshot that is gone is missed when it is planned, and not when it is named.
        found.queryExecution().optimizedPlan();
        rows = found;
        break;
      } catch (Exception e) {
        // Scala declares no exceptions; another provider may have the rows still.
        why = e;
      }
    }
    if (rows == null) {
      throw failure(
          ExitCode.INPUT_NOT_READY,
          reference,
          "the rows of %s are gone%s"
              .formatted(
                  reference,
                  manifest.outputs().isEmpty() ? ": it tells of rows that were refused" : ""),
          "name a manifest whose tables still have their snapshots; no table was changed",
          why);
    }
    Interval interval = manifest.interval();
    if (interval != null) {
      rows =
          rows.where(
              col(ResolvedTrainingSet.EVENT_TIME)
                  .geq(lit(interval.start()))
                  .and(col(ResolvedTrainingSet.EVENT_TIME).lt(lit(interval.end()))));
    }
    if (!List.of(rows.columns()).contains(gate.column())) {
      throw failure(
          ExitCode.DEFINITION,
          reference,
          "the rows of %s have no column `%s`".formatted(reference, gate.column()),
          "it has: %s; no table was changed".formatted(String.join(", ", rows.columns())),
          null);
    }
    return rows;
  }

  private Dataset<Row> read(Manifest.Output output) {
    boolean delta = output.format().equals("delta");
    return delta && !isTable(output)
        ? tools
            .session()
            .read()
            .format("delta")
            .option("versionAsOf", output.snapshot())
            .load(output.table())
        : tools.session().read().option("versionAsOf", output.snapshot()).table(output.table());
  }

  private static boolean isTable(Manifest.Output output) {
    return !output.table().contains("/");
  }

  private Manifest manifest(Named reference) {
    String said = reference.name();
    boolean uri = said.matches("[a-zA-Z][a-zA-Z0-9+.-]*:/.*");
    String location = uri ? said : tools.root().resolve(said).toString();
    try {
      return ManifestFiles.read(tools.session(), location)
          .orElseThrow(
              () ->
                  failure(
                      ExitCode.DEFINITION,
                      reference,
                      "no manifest %s".formatted(location),
                      "`build` and `materialize` tell where theirs are; no table was changed",
                      null));
    } catch (IllegalArgumentException | UncheckedIOException e) {
      throw failure(
          ExitCode.DEFINITION,
          reference,
          "can't read the manifest %s: %s".formatted(location, e.getMessage()),
          "no table was changed",
          e);
    }
  }

  private static TaskFailure failure(
      ExitCode code, Named at, String what, String hint, @Nullable Throwable cause) {
    return new TaskFailure(code, List.of(new Problem(at.origin(), what, hint)), cause);
  }
}
