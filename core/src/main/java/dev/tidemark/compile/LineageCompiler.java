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
import dev.tidemark.plan.ColumnLineage.Origins;
import dev.tidemark.plan.ColumnRef;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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

  private void view(ResolvedView resolved) {
    String id = resolved.view().id();
    List<String> sources = resolved.sources().stream().map(Rows::id).toList();
    SortedSet<ColumnRef> decide = new TreeSet<>(in(sources, resolved.view().where()));
    for (BoundKey key : resolved.keys()) {
      SortedSet<ColumnRef> held = named(sources, key.column().name());
      put(id, key.key().name(), new Origins(held, new TreeSet<>()));
      decide.addAll(held);
    }
    resolved.sources().forEach(rows -> decide.addAll(times(rows)));
    for (Feature feature : resolved.view().features()) {
      Origins origins =
          feature.match(
              latest -> origins(sources, decide, latest.where(), latest.value()),
              windowed ->
                  origins(sources, decide, windowed.where(), windowed.aggregate(), windowed.by()));
      feature.columns().forEach(column -> put(id, column, origins));
    }
    for (Derived derived : resolved.view().derived()) {
      put(id, derived.name(), new Origins(in(List.of(id), derived.expression()), new TreeSet<>()));
    }
  }

  private Origins origins(
      List<String> sources,
      SortedSet<ColumnRef> decide,
      @Nullable Sql where,
      @Nullable Sql... values) {
    SortedSet<ColumnRef> made = new TreeSet<>();
    for (Sql value : values) {
      made.addAll(in(sources, value));
    }
    SortedSet<ColumnRef> conditions = new TreeSet<>(decide);
    conditions.addAll(in(sources, where));
    return new Origins(made, conditions);
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
    SortedSet<ColumnRef> decide = new TreeSet<>(in(spine, set.where()));
    for (BoundKey key : set.keys()) {
      put(id, key.key().name(), new Origins(named(spine, key.column().name()), decide));
    }
    put(
        id,
        ResolvedTrainingSet.EVENT_TIME,
        new Origins(in(spine, set.spine().time().eventTime()), decide));
    for (Named kept : set.keep()) {
      put(id, kept.name(), new Origins(named(spine, kept.name()), decide));
    }
    Label label = set.label();
    Rows of = set.labelSource();
    if (label != null && of != null) {
      label(label, of);
      put(id, label.ref().name(), new Origins(columnOf(label.id(), label.ref().name()), decide));
    }
    for (ResolvedSelection selection : set.selections()) {
      SortedSet<ColumnRef> keys = new TreeSet<>();
      for (ResolvedSelection.SpineColumn column : selection.spineColumns()) {
        keys.addAll(named(column.role() ? spine : List.of(id), column.name()));
      }
      for (ResolvedSelection.Taken taken : selection.columns()) {
        put(
            id,
            taken.as(),
            new Origins(columnOf(selection.view().view().id(), taken.column()), keys));
      }
    }
    for (Derived derived : set.trainingSet().derived()) {
      put(id, derived.name(), new Origins(in(List.of(id), derived.expression()), new TreeSet<>()));
    }
    if (set.trainingSet().split() != null) {
      SortedSet<ColumnRef> by = new TreeSet<>(columnOf(id, ResolvedTrainingSet.EVENT_TIME));
      set.keys().forEach(key -> by.addAll(columnOf(id, key.key().name())));
      put(id, ResolvedTrainingSet.SPLIT, new Origins(new TreeSet<>(), by));
    }
  }

  private static SortedSet<ColumnRef> columnOf(String resource, String column) {
    return new TreeSet<>(List.of(new ColumnRef(resource, column)));
  }

  private void label(Label label, Rows of) {
    List<String> source = List.of(of.id());
    SortedSet<ColumnRef> decide = new TreeSet<>(in(source, label.where()));
    decide.addAll(times(of));
    put(
        label.id(),
        label.ref().name(),
        new Origins(
            label
                .target()
                .match(ofRow -> in(source, ofRow.value()), over -> in(source, over.aggregate())),
            decide));
  }

  /** All columns of its training set, under their names. */
  private void model(Model model) {
    String set = model.trainingSet().toString();
    for (String column : List.copyOf(byName.getOrDefault(set, Map.of()).values())) {
      put(model.id(), column, new Origins(columnOf(set, column), new TreeSet<>()));
    }
  }
}
