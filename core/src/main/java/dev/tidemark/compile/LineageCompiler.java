package dev.tidemark.compile;

import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Model;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Source;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.Transformation;
import dev.tidemark.plan.BoundKey;
import dev.tidemark.plan.ColumnLineage;
import dev.tidemark.plan.ColumnLineage.How;
import dev.tidemark.plan.ColumnLineage.Origins;
import dev.tidemark.plan.ColumnRef;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Task;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Tells what the columns of a project's resources are made of: those of queries by Spark's analyzed
 * plans, those of views, labels and training sets by the expressions that make them.
 */
final class LineageCompiler {
  private final SparkSession session;
  private final Graph graph;
  private final EventRows events;
  private final SortedMap<ColumnRef, Origins> columns = new TreeMap<>();

  /** The columns of each resource by their names in lower case. */
  private final Map<String, Map<String, String>> byName = new HashMap<>();

  LineageCompiler(SparkSession session, Graph graph, EventRows events) {
    this.session = session;
    this.graph = graph;
    this.events = events;
  }

  ColumnLineage lineage() {
    graph.rows().values().forEach(this::rows);
    graph.views().values().forEach(this::view);
    graph.trainingSets().values().forEach(this::trainingSet);
    graph.definitions().models().forEach(this::model);
    return new ColumnLineage(columns);
  }

  /**
   * The same of what a task makes and reads. A view that is read from its offline table is a source
   * like others, under its own name.
   */
  ColumnLineage lineage(Task task) {
    graph.upstream(task.reads()).forEach(this::rows);
    task.match(
        build -> trainingSetAndViews(build.trainingSet()),
        materialize -> view(materialize.view()),
        latest -> view(latest.view()),
        this::scored);
    return new ColumnLineage(columns);
  }

  private boolean trainingSetAndViews(ResolvedTrainingSet set) {
    set.selections().stream()
        .map(ResolvedSelection::view)
        .filter(view -> !view.isOffline())
        .distinct()
        .forEach(this::view);
    trainingSet(set);
    return true;
  }

  /** Keys and kept columns come from the file, or keys from the views. */
  private boolean scored(Task.ScoreKeys score) {
    ResolvedTrainingSet set = score.trainingSet();
    trainingSetAndViews(set);
    String id = set.trainingSet().id();
    for (BoundKey key : set.keys()) {
      String name = key.key().name();
      Making making = new Making();
      if (score.keys() != null) {
        making.values(columnOf(KeysFile.NAME.toString(), name), How.IDENTITY);
      } else {
        set.selections().stream()
            .map(selection -> selection.view().view().id())
            .filter(view -> byName.getOrDefault(view, Map.of()).containsValue(name))
            .forEach(view -> making.values(columnOf(view, name), How.IDENTITY));
      }
      put(id, name, making.origins());
    }
    for (Named kept : score.keys() == null ? List.<Named>of() : set.keep()) {
      put(
          id,
          kept.name(),
          new Making()
              .values(columnOf(KeysFile.NAME.toString(), kept.name()), How.IDENTITY)
              .origins());
    }
    return true;
  }

  /** What a column is made of, as it is found out. */
  private static final class Making {
    private final SortedSet<ColumnRef> values = new TreeSet<>();
    private final SortedSet<ColumnRef> conditions = new TreeSet<>();
    private final SortedMap<ColumnRef, Set<How>> how = new TreeMap<>();

    Making values(Collection<ColumnRef> columns, How as) {
      values.addAll(columns);
      columns.forEach(column -> note(column, as));
      return this;
    }

    Making conditions(Collection<ColumnRef> columns, How as) {
      conditions.addAll(columns);
      columns.forEach(column -> note(column, as));
      return this;
    }

    private void note(ColumnRef column, How as) {
      how.computeIfAbsent(column, any -> new TreeSet<>()).add(as);
    }

    Origins origins() {
      return new Origins(values, conditions, how);
    }
  }

  private void rows(Rows rows) {
    Optional<Dataset<Row>> read = events.of(rows);
    if (read.isEmpty()) {
      return;
    }
    List<String> own = Expressions.userColumns(read.get());
    Map<String, String> inputs = new HashMap<>();
    for (Transformation.Input input :
        rows.<List<Transformation.Input>>match(source -> List.of(), Transformation::inputs)) {
      inputs.put(input.alias().toLowerCase(Locale.ROOT), input.rows().toString());
    }
    Map<String, Origins> traced = PlanLineage.of(SparkPlans.analyzed(read.get()), inputs);
    boolean isMade = rows.match(LineageCompiler::isQuery, transformation -> true);
    for (String column : own) {
      put(rows.id(), column, isMade ? traced.getOrDefault(column, Origins.NONE) : Origins.NONE);
    }
  }

  private static boolean isQuery(Source source) {
    return source.location().match(table -> false, files -> false, query -> true);
  }

  private void put(String resource, String column, Origins origins) {
    columns.put(new ColumnRef(resource, column), origins);
    byName
        .computeIfAbsent(resource, any -> new HashMap<>())
        .put(column.toLowerCase(Locale.ROOT), column);
  }

  private boolean view(ResolvedView resolved) {
    String id = resolved.view().id();
    List<String> sources = resolved.sources().stream().map(Rows::id).toList();
    SortedSet<ColumnRef> keys = new TreeSet<>();
    for (BoundKey key : resolved.keys()) {
      SortedSet<ColumnRef> held = named(sources, key.column().name());
      put(id, key.key().name(), new Making().values(held, How.IDENTITY).origins());
      keys.addAll(held);
    }
    SortedSet<ColumnRef> where = in(sources, resolved.view().where());
    SortedSet<ColumnRef> times = new TreeSet<>();
    resolved.sources().forEach(rows -> times.addAll(times(rows)));
    for (Feature feature : resolved.view().features()) {
      Making making = new Making().conditions(where, How.FILTER).conditions(keys, How.JOIN);
      feature.match(
          latest ->
              making
                  .conditions(times, How.SORT)
                  .conditions(in(sources, latest.where()), How.FILTER)
                  .values(in(sources, latest.value()), how(latest.value())),
          windowed ->
              making
                  .conditions(times, How.WINDOW)
                  .conditions(in(sources, windowed.where()), How.FILTER)
                  .values(in(sources, windowed.aggregate()), How.AGGREGATION)
                  .values(in(sources, windowed.by()), How.AGGREGATION));
      feature.columns().forEach(column -> put(id, column, making.origins()));
    }
    for (Derived derived : resolved.view().derived()) {
      put(id, derived.name(), derived(id, derived));
    }
    return true;
  }

  private Origins derived(String id, Derived derived) {
    return new Making().values(in(List.of(id), derived.expression()), How.TRANSFORMATION).origins();
  }

  /** How the columns of a row-level expression enter its value. */
  private How how(@Nullable Sql sql) {
    return sql != null && RenamedSql.isColumn(session, sql) ? How.IDENTITY : How.TRANSFORMATION;
  }

  /** The columns that decide when a row happened and could be known. */
  private SortedSet<ColumnRef> times(Rows rows) {
    List<String> of = List.of(rows.id());
    SortedSet<ColumnRef> found = new TreeSet<>();
    Stream.of(rows.time().eventTime(), rows.time().availableAt(), rows.time().deletedWhen())
        .forEach(sql -> found.addAll(in(of, sql)));
    Stream.concat(rows.time().tieBreak().stream(), rows.time().rowKey().stream())
        .forEach(name -> found.addAll(named(of, name.name())));
    return found;
  }

  private SortedSet<ColumnRef> in(Collection<String> resources, @Nullable Sql sql) {
    SortedSet<ColumnRef> found = new TreeSet<>();
    if (sql != null) {
      RenamedSql.columnsOf(session, sql).forEach(name -> found.addAll(named(resources, name)));
    }
    return found;
  }

  /** The column of a name, upper and lower case alike, in each resource that has one. */
  private SortedSet<ColumnRef> named(Collection<String> resources, String name) {
    SortedSet<ColumnRef> found = new TreeSet<>();
    for (String resource : resources) {
      String known = byName.getOrDefault(resource, Map.of()).get(name.toLowerCase(Locale.ROOT));
      if (known != null) {
        found.add(new ColumnRef(resource, known));
      }
    }
    return found;
  }

  private void trainingSet(ResolvedTrainingSet set) {
    String id = set.trainingSet().id();
    List<String> spine = List.of(set.spine().id());
    SortedSet<ColumnRef> where = in(spine, set.where());
    for (BoundKey key : set.keys()) {
      put(id, key.key().name(), ofSpine(named(spine, key.column().name()), How.IDENTITY, where));
    }
    Sql time = set.spine().time().eventTime();
    put(id, ResolvedTrainingSet.EVENT_TIME, ofSpine(in(spine, time), how(time), where));
    for (Named kept : set.keep()) {
      put(id, kept.name(), ofSpine(named(spine, kept.name()), How.IDENTITY, where));
    }
    Label label = set.label();
    Rows of = set.labelSource();
    if (label != null && of != null) {
      label(label, of);
      String name = label.ref().name();
      put(id, name, ofSpine(columnOf(label.id(), name), How.IDENTITY, where));
    }
    for (ResolvedSelection selection : set.selections()) {
      SortedSet<ColumnRef> keys = new TreeSet<>();
      for (ResolvedSelection.SpineColumn column : selection.spineColumns()) {
        keys.addAll(named(column.role() ? spine : List.of(id), column.name()));
      }
      SortedSet<ColumnRef> order = new TreeSet<>();
      if (selection.view().isOffline()) {
        ResolvedView view = selection.view();
        List<String> table = List.of(view.view().id());
        view.keys().forEach(key -> keys.addAll(named(table, key.key().name())));
        order.addAll(named(table, ResolvedTrainingSet.EVENT_TIME));
        order.addAll(named(table, ResolvedView.AVAILABLE_TIME));
      }
      for (ResolvedSelection.Taken taken : selection.columns()) {
        put(
            id,
            taken.as(),
            new Making()
                .values(columnOf(selection.view().view().id(), taken.column()), How.IDENTITY)
                .conditions(keys, How.JOIN)
                .conditions(order, How.SORT)
                .origins());
      }
    }
    for (Derived derived : set.trainingSet().derived()) {
      put(id, derived.name(), derived(id, derived));
    }
    if (set.trainingSet().split() != null) {
      SortedSet<ColumnRef> by = new TreeSet<>(columnOf(id, ResolvedTrainingSet.EVENT_TIME));
      set.keys().forEach(key -> by.addAll(columnOf(id, key.key().name())));
      put(id, ResolvedTrainingSet.SPLIT, new Origins(new TreeSet<>(), by));
    }
  }

  private static Origins ofSpine(SortedSet<ColumnRef> values, How how, SortedSet<ColumnRef> where) {
    return new Making().values(values, how).conditions(where, How.FILTER).origins();
  }

  private static SortedSet<ColumnRef> columnOf(String resource, String column) {
    return new TreeSet<>(List.of(new ColumnRef(resource, column)));
  }

  private void label(Label label, Rows of) {
    List<String> source = List.of(of.id());
    Making making = new Making().conditions(in(source, label.where()), How.FILTER);
    label
        .target()
        .match(
            ofRow ->
                making
                    .values(in(source, ofRow.value()), how(ofRow.value()))
                    .conditions(times(of), How.FILTER),
            over ->
                making
                    .values(in(source, over.aggregate()), How.AGGREGATION)
                    .conditions(times(of), How.WINDOW));
    put(label.id(), label.ref().name(), making.origins());
  }

  /** All columns of its training set, under their names. */
  private void model(Model model) {
    String set = model.trainingSet().toString();
    for (String column : List.copyOf(byName.getOrDefault(set, Map.of()).values())) {
      put(model.id(), column, new Making().values(columnOf(set, column), How.IDENTITY).origins());
    }
  }
}
