package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.unix_micros;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Materialize;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Source;
import dev.tidemark.pit.Engine;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.pit.Folding;
import dev.tidemark.pit.SlotEngine;
import dev.tidemark.plan.Arrivals;
import dev.tidemark.plan.ColumnLineage;
import dev.tidemark.plan.FileChanges;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Increment;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.ReadEstimate;
import dev.tidemark.plan.Readiness;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Makes Datasets of planned resources and checks their SQL against the real schemas.
 *
 * <p>All methods throw {@link DefinitionException} with every mistake found, and {@link
 * InputNotReadyException} if the only thing wrong is that tables or files are not there.
 */
public final class Compiler {
  /** The Spark setting that says whether it is looked up why features are null. */
  public static final String NULL_REASONS = "spark.tidemark.null-reasons";

  /** The Spark setting that says whether states are made and used. */
  public static final String INCREMENTAL = "spark.tidemark.incremental";

  private final SparkSession session;
  private final Path root;
  private final Graph graph;
  private final Engine engine;

  /** What was found of each definition: planning and running ask the same. */
  private final Map<Fingerprint, Optional<String>> unfoldable = new ConcurrentHashMap<>();

  /**
   * @param session its time zone is UTC
   * @param root relative paths of sources are relative to it
   */
  public Compiler(SparkSession session, Path root, Graph graph, Engine engine) {
    if (!session.conf().get("spark.sql.session.timeZone").equals("UTC")) {
      throw new IllegalArgumentException("the session's time zone must be UTC");
    }
    this.session = session;
    this.root = root;
    this.graph = graph;
    this.engine = engine;
  }

  /** What is shared by all that is compiled in one call. */
  private final class Compilation {
    final Findings findings = new Findings();
    final EventRows events;
    final Map<ResolvedView, Optional<ViewEvents>> views = new HashMap<>();

    Compilation(PinnedSources sources, boolean sampling) {
      events = new EventRows(session, root, graph.rows(), findings, sources, sampling);
    }

    /** What is to be minded, once nothing is wrong. */
    List<Problem> warnings() {
      events.warnOfUnits();
      return findings.warnings();
    }

    Optional<TrainingSetCompiler.Compiled> trainingSet(
        ResolvedTrainingSet set, @Nullable Instant asOf) {
      Optional<TrainingSetCompiler.Compiled> compiled =
          new TrainingSetCompiler(session, engine, events, views, findings).compile(set, asOf);
      if (!set.trainingSet().gates().isEmpty()) {
        compiled.ifPresent(rows -> gates(set, rows.joined().within(null).schema()));
      }
      return compiled;
    }

    Optional<TrainingSetCompiler.Compiled> scoring(Task.ScoreKeys task) {
      return new TrainingSetCompiler(session, engine, events, views, findings)
          .compile(task, keptTypes(task.trainingSet()));
    }

    private void gates(ResolvedTrainingSet set, StructType rows) {
      Map<String, DataType> types = new HashMap<>();
      for (StructField field : rows.fields()) {
        types.put(field.name(), field.dataType());
      }
      new GateTypes(findings.mistakes())
          .check(set.trainingSet().gates(), types, Gates.features(set));
    }

    Optional<ViewEvents> view(ResolvedView view) {
      return views.computeIfAbsent(
          view,
          v -> {
            Optional<ViewEvents> found = ViewEvents.of(v, events, session, findings);
            found.ifPresent(this::gates);
            return found;
          });
    }

    private void gates(ViewEvents view) {
      Map<String, DataType> types = new HashMap<>(view.types());
      KeyTypes keys = new KeyTypes(new Problems());
      view.resolved()
          .keys()
          .forEach(
              key -> keys.declared(key.key()).ifPresent(type -> types.put(key.key().name(), type)));
      types.put(ResolvedTrainingSet.EVENT_TIME, DataTypes.TimestampType);
      types.put(ResolvedView.AVAILABLE_TIME, DataTypes.TimestampType);
      new GateTypes(findings.mistakes()).check(view.resolved().view().gates(), types, Set.of());
    }
  }

  /**
   * Checks every definition of the project; reads schemas and the first rows of sources, and writes
   * nothing.
   *
   * @return warnings
   */
  public List<Problem> check() {
    Compilation compilation = new Compilation(PinnedSources.current(), true);
    KeyTypes keys = new KeyTypes(compilation.findings.mistakes());
    for (Entity entity : graph.definitions().entities()) {
      entity.keys().forEach(keys::declared);
    }
    graph.rows().values().forEach(compilation.events::of);
    graph.views().values().forEach(compilation::view);
    graph.trainingSets().values().forEach(set -> compilation.trainingSet(set, null));
    compilation.findings.throwIfAny();
    return compilation.warnings();
  }

  /** Checks what some tasks will run; warnings as {@link #check()}. */
  public List<Problem> check(List<Task> tasks) {
    Compilation compilation = new Compilation(PinnedSources.current(), true);
    for (Task task : tasks) {
      task.match(
          build -> compilation.trainingSet(build.trainingSet(), build.asOf()).isPresent(),
          materialize -> compilation.view(materialize.view()).isPresent(),
          latest -> compilation.view(latest.view()).isPresent(),
          score -> compilation.scoring(score).isPresent());
    }
    compilation.findings.throwIfAny();
    return compilation.warnings();
  }

  /**
   * Whether sources hold all that belongs before an instant; by their own rules, or else by the
   * default: what has an event time has a row that becomes visible at or after it, and what is
   * static is there.
   *
   * @param until the instant
   * @param sources at which states they are looked at
   * @return of each source, in order; a source that is not there is not ready
   */
  public List<Readiness> ready(List<Source> of, Instant until, PinnedSources sources) {
    List<Readiness> found = new ArrayList<>();
    Findings mistakes = new Findings();
    for (Source source : of) {
      Findings findings = new Findings();
      EventRows events = new EventRows(session, root, graph.rows(), findings, sources, false);
      SourceReader reader =
          new SourceReader(session, root, findings, new Queries(session, findings), sources);
      found.add(new ReadinessCheck(session, events, reader, findings, until).of(source));
      mistakes.mistakes().addAll(findings.mistakes().sorted());
    }
    mistakes.throwIfAny();
    return found;
  }

  /** The columns of a source or transformation, as they are stored or computed; reads no rows. */
  StructType columns(Rows rows, PinnedSources sources) {
    Compilation compilation = new Compilation(sources, false);
    Optional<Dataset<Row>> events = compilation.events.of(rows);
    compilation.findings.throwIfAny();
    return EventRows.userColumns(events.orElseThrow()).schema();
  }

  /** What the columns of all resources are made of; reads schemas, and no rows. */
  public ColumnLineage lineage() {
    Compilation compilation = new Compilation(PinnedSources.current(), false);
    graph.rows().values().forEach(compilation.events::of);
    compilation.findings.throwIfAny();
    return new LineageCompiler(session, graph, compilation.events).lineage();
  }

  /**
   * What the columns of a task are made of, and those of its sources.
   *
   * @param types the columns of every source and transformation that is read, by the resource's id,
   *     in order: their types in Spark SQL by their names
   */
  public record Traced(ColumnLineage lineage, Map<String, Map<String, String>> types) {}

  /** Tells what a task's columns are made of; reads no rows, and nothing that is pinned already. */
  public Traced traced(Task task, PinnedSources sources) {
    Compilation compilation = new Compilation(sources, false);
    Map<String, Map<String, String>> types = new LinkedHashMap<>();
    for (Rows rows : graph.upstream(task.reads())) {
      compilation
          .events
          .of(rows)
          .ifPresent(
              read -> {
                Map<String, String> columns = new LinkedHashMap<>();
                for (String column : Expressions.userColumns(read)) {
                  columns.put(
                      column,
                      read.schema().apply(column).dataType().sql().toLowerCase(Locale.ROOT));
                }
                types.put(rows.id(), columns);
              });
    }
    compilation.findings.throwIfAny();
    return new Traced(new LineageCompiler(session, graph, compilation.events).lineage(task), types);
  }

  /**
   * Where the files of a table of a catalog are, as it is now: URIs; none where that can't be told.
   */
  public List<String> storage(String table) {
    return SparkPlans.list(SparkPlans.analyzed(session.table(table)).collectLeaves()).stream()
        .flatMap(leaf -> PinnedPlan.storage(leaf).stream())
        .toList();
  }

  /** The sources that a task reads itself or through transformations. */
  public List<ResourceName> sources(Task task) {
    List<ResourceName> sources = new ArrayList<>(sourcesOf(task.reads()));
    if (keys(task) != null) {
      sources.add(KeysFile.NAME);
    }
    return sources;
  }

  private static @Nullable KeysFile keys(Task task) {
    return task instanceof Task.ScoreKeys score ? score.keys() : null;
  }

  /**
   * The types that kept columns have in a training set. Its spine is looked at for them alone, and
   * so is none of the inputs.
   */
  private Map<String, DataType> keptTypes(ResolvedTrainingSet set) {
    Map<String, DataType> types = new HashMap<>();
    if (set.keep().isEmpty()) {
      return types;
    }
    Findings findings = new Findings();
    Optional<Dataset<Row>> spine =
        new EventRows(session, root, graph.rows(), findings, PinnedSources.current(), false)
            .of(set.spine());
    findings.throwIfAny();
    for (Named name : set.keep()) {
      new KeyTypes(findings.mistakes())
          .column(spine.orElseThrow(), name.name(), name.origin(), set.spine().ref().toString())
          .ifPresent(type -> types.put(name.name(), type));
    }
    findings.throwIfAny();
    return types;
  }

  private List<ResourceName> sourcesOf(List<Rows> rows) {
    return graph.upstream(rows).stream()
        .flatMap(each -> each.match(Stream::of, transformation -> Stream.<Source>of()))
        .map(Source::ref)
        .toList();
  }

  /**
   * Looks at the sources of some tasks, so that from now on they are read as they are now; reads no
   * rows.
   *
   * @return at which states; also those of tasks before
   */
  public PinnedSources pin(List<Task> tasks, PinnedSources sources) {
    Compilation compilation = new Compilation(sources, false);
    for (Task task : tasks) {
      graph.upstream(task.reads()).forEach(compilation.events::of);
      task.match(
          build -> true,
          view -> true,
          latest -> true,
          score -> score.keys() == null || compilation.scoring(score).isPresent());
    }
    compilation.findings.throwIfAny();
    return sources;
  }

  /**
   * What came to a view's sources after an earlier state of them.
   *
   * @param before the earlier states
   * @param sources at which states they are now
   * @param files in what a list of plain files differs from an earlier one, by its state
   */
  public Arrivals since(
      ResolvedView view,
      List<InputSnapshot> before,
      PinnedSources sources,
      BiFunction<InputSnapshot, List<InputFile>, Optional<FileChanges>> files) {
    Compilation compilation = new Compilation(sources, false);
    Optional<ViewEvents> events = compilation.view(view);
    compilation.findings.throwIfAny();
    List<InputSnapshot> now = sources.snapshots(sourcesOf(view.sources()));
    return new ViewArrivals(session, files).since(view, events.orElseThrow(), before, now);
  }

  /**
   * The as-of time of a build: the one given or, for a training set with a label, the greatest
   * instant at which a row of the label's source became visible. Then a job runs that reads that
   * source.
   *
   * @return null where it does not matter, or where the label's source has no row
   */
  public @Nullable Instant asOf(Task.BuildTrainingSet task, PinnedSources sources) {
    Rows source = task.trainingSet().labelSource();
    if (task.asOf() != null || source == null) {
      return task.asOf();
    }
    Compilation compilation = new Compilation(sources, false);
    Optional<Dataset<Row>> events = compilation.events.of(source);
    compilation.findings.throwIfAny();
    Row greatest =
        events.orElseThrow().agg(max(unix_micros(col(EventColumns.VISIBLE_FROM)))).first();
    return greatest.isNullAt(0) ? null : Instant.EPOCH.plus(greatest.getLong(0), ChronoUnit.MICROS);
  }

  /**
   * Compiles a training set.
   *
   * @param asOf see {@link #asOf}
   * @param sources at which states they are read
   */
  public CompiledTrainingSet trainingSet(
      ResolvedTrainingSet set, @Nullable Instant asOf, PinnedSources sources) {
    Compilation compilation = new Compilation(sources, !sources.areGiven());
    return compiled(compilation, compilation.trainingSet(set, asOf));
  }

  /**
   * Compiles the features of keys to score: the columns of their training set but for label and
   * split, one row for each row of the file, or for each key.
   *
   * @param sources at which states they are read
   */
  public CompiledTrainingSet scoring(Task.ScoreKeys task, PinnedSources sources) {
    Compilation compilation = new Compilation(sources, true);
    return compiled(compilation, compilation.scoring(task));
  }

  private CompiledTrainingSet compiled(
      Compilation compilation, Optional<TrainingSetCompiler.Compiled> compiled) {
    compilation.findings.throwIfAny();
    TrainingSetCompiler.Compiled found = compiled.orElseThrow();
    List<Dataset<Row>> shared = new ArrayList<>(compilation.events.shared());
    shared.add(found.spine());
    return new CompiledTrainingSet(
        found.joined(),
        isExplaining() ? found.explained() : found.joined(),
        isExplaining() ? found.evidence() : List.of(),
        found.counts(),
        shared,
        compilation.warnings());
  }

  /**
   * Compiles a view's values at the ticks of an interval.
   *
   * @param sources at which states they are read
   */
  public CompiledView view(Task.MaterializeInterval task, PinnedSources sources) {
    Compilation compilation = new Compilation(sources, true);
    Optional<ViewEvents> view = compilation.view(task.view());
    compilation.findings.throwIfAny();
    ViewCompiler compiler = new ViewCompiler(session, engine, task, view.orElseThrow());
    return new CompiledView(
        compiler.rows(),
        isExplaining() ? compiler.explained() : compiler.rows(),
        isExplaining() ? compiler.evidence() : List.of(),
        compilation.warnings());
  }

  /**
   * What a task reads of its sources, by metadata alone: no job runs over rows.
   *
   * @param sources at which states they are read
   */
  public ReadEstimate estimate(Task.MaterializeInterval task, PinnedSources sources) {
    Compilation compilation = new Compilation(sources, false);
    Optional<ViewEvents> view = compilation.view(task.view());
    compilation.findings.throwIfAny();
    ViewCompiler compiler = new ViewCompiler(session, engine, task, view.orElseThrow());
    return new ReadEstimates(session, sources, sourcesOf(task.reads()))
        .of(compiler.reads(isExplaining()));
  }

  /**
   * Compiles a view's newest values.
   *
   * @param sources at which states they are read
   * @param before what an earlier run made, or null; its rows are kept where they are the same
   * @param files in what a list of files differs from an earlier one, by its state
   */
  public CompiledLatest latest(
      Task.MaterializeLatest task,
      PinnedSources sources,
      @Nullable LatestBefore before,
      BiFunction<InputSnapshot, List<InputFile>, Optional<FileChanges>> files) {
    Compilation compilation = new Compilation(sources, true);
    Optional<ViewEvents> found = compilation.view(task.view());
    compilation.findings.throwIfAny();
    ViewEvents view = found.orElseThrow();
    LatestCompiler compiler = new LatestCompiler(session, engine, view, task.asOf());
    List<Problem> warnings = compilation.warnings();
    if (before == null) {
      return new CompiledLatest(compiler.all(), "there are no rows to keep", List.of(), warnings);
    }
    ViewArrivals.Added added =
        new ViewArrivals(session, files)
            .added(task.view(), view, before.inputs(), sources.snapshots(sourcesOf(task.reads())));
    if (added.untold() != null) {
      return new CompiledLatest(compiler.all(), added.untold(), List.of(), warnings);
    }
    ChangedKeys keys = new ChangedKeys(view, before.asOf(), task.asOf());
    Dataset<Row> ofTime = keys.ofTime();
    Dataset<Row> changed =
        (added.events() == null ? ofTime : ofTime.union(keys.ofAdded(added.events()))).distinct();
    return new CompiledLatest(
        compiler.merged(before.rows(), changed), null, List.of(changed), warnings);
  }

  /**
   * Why a view's rows can't be made of its state; nothing if they can.
   *
   * @param sources at which states they are
   */
  public Optional<String> obstacle(ResolvedView view, PinnedSources sources) {
    Materialize materialize = view.view().materialize();
    if (!Boolean.parseBoolean(session.conf().get(INCREMENTAL, "true"))) {
      return Optional.of(INCREMENTAL + " = false");
    }
    if (materialize == null || !(engine instanceof SlotEngine)) {
      return Optional.of(Engine.SETTING + " = reference has no state");
    }
    Compilation compilation = new Compilation(sources, false);
    ViewEvents events = compilation.view(view).orElse(null);
    compilation.findings.throwIfAny();
    return obstacle(Objects.requireNonNull(events), materialize, sources);
  }

  private Optional<String> obstacle(
      ViewEvents view, Materialize materialize, PinnedSources sources) {
    Duration lookBack = view.lookBack().map(Compiler::duration).orElse(null);
    if (!Increment.isWorthwhile(materialize.every().duration(), lookBack)) {
      return Optional.of("no feature looks back further than two ticks");
    }
    if (!ViewArrivals.isRowByRow(SparkPlans.analyzed(view.events()))) {
      return Optional.of(
          "%s is made of more than one row at a time".formatted(names(view.resolved())));
    }
    return sources.snapshots(sourcesOf(view.resolved().sources())).stream()
        .filter(input -> input.kind() == InputSnapshot.Kind.UNPINNED)
        .findFirst()
        .map(input -> "whether %s changed can't be told".formatted(input.source()))
        .or(
            () ->
                unfoldable.computeIfAbsent(
                    view.resolved().fingerprint(),
                    none -> ViewFold.obstacle(ViewCompiler.lookups(view, isExplaining()))));
  }

  private static String names(ResolvedView view) {
    return view.sources().stream()
        .map(rows -> rows.ref().toString())
        .collect(Collectors.joining(", "));
  }

  private static Duration duration(long micros) {
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  /** Names all in a view and the session that decides what its state is, as far as known here. */
  public String stateOf(ResolvedView view) {
    return "%s spark-%s format-%d%s"
        .formatted(
            view.fingerprint().sha256(),
            session.version(),
            Folding.FORMAT,
            isExplaining() ? " null-reasons" : "");
  }

  /**
   * Compiles a view's values at ticks by way of its state.
   *
   * @param task of a view for which there is no {@link #obstacle}
   * @param sources at which states they are read
   * @param made names all that decides what a state is, {@link #stateOf} among it
   * @param stored made so too; null: there is none
   * @param files in what a list of files differs from an earlier one, by its state
   * @return nothing where the state is of later ticks and does not help
   */
  public Optional<CompiledIncrement> increment(
      Task.MaterializeInterval task,
      PinnedSources sources,
      String made,
      @Nullable StoredState stored,
      BiFunction<InputSnapshot, List<InputFile>, Optional<FileChanges>> files) {
    Compilation compilation = new Compilation(sources, true);
    ViewEvents view = compilation.view(task.view()).orElse(null);
    compilation.findings.throwIfAny();
    return new ViewIncrement(
            session, engine, task, Objects.requireNonNull(view), isExplaining(), files)
        .compile(sources.snapshots(sources(task)), made, stored, compilation.warnings());
  }

  private boolean isExplaining() {
    return Boolean.parseBoolean(session.conf().get(NULL_REASONS, "true"));
  }
}
