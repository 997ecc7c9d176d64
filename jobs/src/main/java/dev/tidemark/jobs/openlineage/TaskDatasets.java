package dev.tidemark.jobs.openlineage;

import dev.tidemark.definition.About;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Source;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.plan.TaskMetrics;
import dev.tidemark.run.Runner;
import dev.tidemark.run.TaskFailure;
import dev.tidemark.run.TaskReport;
import dev.tidemark.run.Trace;
import io.openlineage.client.OpenLineage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The datasets that a task reads and writes: before it is done as the definitions name them, and
 * afterwards with all that is known of them.
 */
final class TaskDatasets {
  private final Facets facets;
  private final OpenLineage openLineage;
  private final Places places;
  private final Runner runner;
  private final Graph graph;
  private final Task task;
  private final Subject subject;

  TaskDatasets(
      Facets facets, Places places, Runner runner, Graph graph, Task task, Subject subject) {
    this.facets = facets;
    this.openLineage = facets.openLineage();
    this.places = places;
    this.runner = runner;
    this.graph = graph;
    this.task = task;
    this.subject = subject;
  }

  /** What becomes of one dataset that is read. */
  private record Input(
      Place place,
      OpenLineage.DatasetFacetsBuilder facets,
      OpenLineage.InputDatasetInputFacetsBuilder inputFacets) {}

  /**
   * What is to be read, as far as definitions and catalogs tell.
   *
   * @param checks of rows that were refused
   */
  List<OpenLineage.InputDataset> inputs(List<Trace.Check> checks) {
    Map<String, Input> inputs = new LinkedHashMap<>();
    for (Source source : sources()) {
      source
          .location()
          .match(
              table -> storage(table.name()).map(at -> places.ofTable(table.name(), at)),
              files -> Optional.of(places.ofPath(files.path())),
              query -> Optional.<Place>empty())
          .ifPresent(place -> asserted(add(inputs, place, source), source.ref(), checks));
    }
    KeysFile keys = keys();
    if (keys != null) {
      add(inputs, places.ofPath(keys.location()), null);
    }
    return built(inputs);
  }

  private void asserted(Input input, ResourceName source, List<Trace.Check> checks) {
    List<OpenLineage.DataQualityAssertionsDatasetFacetAssertions> assertions =
        checks.stream()
            .filter(check -> source.equals(spine()) && isOfSpine(check))
            .map(facets::assertion)
            .toList();
    if (!assertions.isEmpty()) {
      input
          .inputFacets()
          .dataQualityAssertions(openLineage.newDataQualityAssertionsDatasetFacet(assertions));
    }
  }

  private @Nullable ResourceName spine() {
    KeysFile keys = keys();
    return task.match(
        build -> build.trainingSet().spine().ref(),
        view -> null,
        latest -> null,
        score -> keys == null ? null : KeysFile.NAME);
  }

  /** True for what is asked of rows as a whole, and of columns that are the spine's own. */
  private boolean isOfSpine(Trace.Check check) {
    Trace.Asked asked = check.asked();
    String column = asked == null ? null : asked.column();
    return asked == null
        ? check.name().equals("row_count") || check.name().equals("no_null_time")
        : column == null
            || task.match(
                build -> isOfSpine(build.trainingSet(), column),
                view -> false,
                latest -> false,
                score -> false);
  }

  private static boolean isOfSpine(ResolvedTrainingSet set, String column) {
    Label label = set.label();
    return column.equals(ResolvedTrainingSet.EVENT_TIME)
        || set.keys().stream().anyMatch(key -> key.key().name().equals(column))
        || set.keep().stream().anyMatch(kept -> kept.name().equals(column))
        || (label != null
            && label.ref().name().equals(column)
            && label.target().match(ofRow -> true, overHorizon -> false));
  }

  private Optional<String> storage(String table) {
    try {
      return runner.storage(table).stream().findFirst();
    } catch (TaskFailure e) {
      // The task says what is wrong with it.
      return Optional.empty();
    }
  }

  private List<Source> sources() {
    return graph.upstream(task.reads()).stream()
        .flatMap(rows -> rows.match(Stream::of, transformation -> Stream.<Source>of()))
        .toList();
  }

  private @Nullable KeysFile keys() {
    return task instanceof Task.ScoreKeys score ? score.keys() : null;
  }

  private Input add(Map<String, Input> inputs, Place place, @Nullable Source source) {
    Input known = inputs.get(key(place));
    if (known != null) {
      return known;
    }
    OpenLineage.DatasetFacetsBuilder about = openLineage.newDatasetFacetsBuilder();
    if (source == null) {
      facets.place(place, KeysFile.NAME.toString(), null, null, about);
    } else {
      facets.place(place, source.id(), layer(source), format(source), about);
      facets.about(source.about(), Subject.columns(source), about);
    }
    Input made = new Input(place, about, openLineage.newInputDatasetInputFacetsBuilder());
    inputs.put(key(place), made);
    return made;
  }

  private static String key(Place place) {
    return place.namespace() + " " + place.name();
  }

  /** Delta or Iceberg where the definition says so. */
  private static @Nullable String layer(Source source) {
    return source
        .location()
        .<Optional<String>>match(
            table -> Optional.of("table"),
            files ->
                files.format() == Location.Format.DELTA || files.format() == Location.Format.ICEBERG
                    ? Optional.of(files.format().name().toLowerCase(Locale.ROOT))
                    : Optional.empty(),
            query -> Optional.of("table"))
        .orElse(null);
  }

  private static @Nullable String format(Source source) {
    return source
        .location()
        .<Optional<String>>match(
            table -> Optional.empty(),
            files ->
                layer(source) == null
                    ? Optional.of(files.format().name().toLowerCase(Locale.ROOT))
                    : Optional.empty(),
            query -> Optional.empty())
        .orElse(null);
  }

  private List<OpenLineage.InputDataset> built(Map<String, Input> inputs) {
    return inputs.values().stream()
        .map(
            input ->
                openLineage.newInputDataset(
                    input.place().namespace(),
                    input.place().name(),
                    input.facets().build(),
                    input.inputFacets().build()))
        .toList();
  }

  /** What is to be written, where that is known before it is there. */
  List<OpenLineage.OutputDataset> outputs() {
    List<OpenLineage.OutputDataset> outputs = new ArrayList<>();
    for (Target target : task.targets()) {
      runner
          .storage(target)
          .ifPresent(
              storage -> {
                Place place = place(target, PlanText.table(target), storage);
                outputs.add(
                    openLineage.newOutputDataset(
                        place.namespace(), place.name(), output(target, place).build(), null));
              });
    }
    return outputs;
  }

  private Place place(Target target, String table, String storage) {
    // A Delta table without an entry in a catalog has no other name.
    return places.ofTable(target.provider().catalog() == null ? "" : table, storage);
  }

  private OpenLineage.DatasetFacetsBuilder output(Target target, Place place) {
    OpenLineage.DatasetFacetsBuilder made = openLineage.newDatasetFacetsBuilder();
    Provider provider = target.provider();
    facets.place(place, provider.name(), provider.format().toString(), "parquet", made);
    facets.about(subject.resource().about(), subject.columns(), made);
    return made;
  }

  /** All that is known of what was read and written. */
  final class Done {
    private final Trace trace;
    private final TaskReport report;
    private final Map<String, Input> inputs = new LinkedHashMap<>();

    /** The dataset that a resource's rows, or a table's by its name, are. */
    private final Map<String, Place> byResource = new LinkedHashMap<>();

    Done(Trace trace, TaskReport report) {
      this.trace = trace;
      this.report = report;
      Map<ResourceName, Source> sources = new LinkedHashMap<>();
      sources().forEach(source -> sources.put(source.ref(), source));
      for (Trace.Input input : trace.inputs()) {
        read(input, sources.get(input.snapshot().source()));
      }
      checks();
    }

    private void read(Trace.Input input, @Nullable Source source) {
      InputSnapshot snapshot = input.snapshot();
      Place place = place(input, source);
      if (source == null || source.location().match(table -> true, files -> true, query -> false)) {
        // A view over several tables is known by the first; what its columns are made of is not.
        byResource.putIfAbsent(snapshot.source().toString(), place);
      } else {
        byResource.put(snapshot.location(), place);
      }
      Input made = add(inputs, place, source);
      if (snapshot.kind() != InputSnapshot.Kind.UNPINNED && !snapshot.id().isEmpty()) {
        made.facets().version(openLineage.newDatasetVersionDatasetFacet(snapshot.id()));
      }
      boolean table = snapshot.kind() != InputSnapshot.Kind.FILES;
      if (place.storage() != null && table && snapshot.kind() != InputSnapshot.Kind.UNPINNED) {
        String layer = snapshot.kind().name().toLowerCase(Locale.ROOT);
        made.facets().storage(openLineage.newStorageDatasetFacet(layer, null));
      }
      Map<String, String> types =
          trace.types().getOrDefault(snapshot.source().toString(), Map.of());
      boolean query = source != null && source.location().match(t -> false, f -> false, q -> true);
      if (!query) {
        Map<String, About> notes = source == null ? Map.of() : Subject.columns(source);
        made.facets().schema(facets.schema(types, notes));
      }
      if (input.files() != null) {
        made.inputFacets()
            .inputStatistics(
                openLineage
                    .newInputStatisticsInputDatasetFacetBuilder()
                    .fileCount(input.files())
                    .size(input.bytes())
                    .build());
      }
    }

    private Place place(Trace.Input input, @Nullable Source source) {
      KeysFile keys = keys();
      if (source == null && keys != null) {
        return places.ofPath(keys.location());
      }
      Optional<String> path =
          source == null
              ? Optional.empty()
              : source
                  .location()
                  .match(
                      table -> Optional.empty(),
                      files -> Optional.of(files.path()),
                      query -> Optional.empty());
      String table =
          source == null
              ? input.snapshot().location()
              : source
                  .location()
                  .match(
                      Location.Table::name,
                      Location.Files::path,
                      query -> input.snapshot().location());
      return path.map(places::ofPath)
          .orElseGet(
              () -> places.ofTable(table, input.storage().stream().findFirst().orElse(null)));
    }

    /** What was checked of the inputs; all checks are in the run as well. */
    private void checks() {
      Map<Input, List<OpenLineage.DataQualityAssertionsDatasetFacetAssertions>> found =
          new LinkedHashMap<>();
      for (Trace.Check check : trace.checks()) {
        for (Trace.Input input : trace.inputs()) {
          Place place = byResource.get(input.snapshot().source().toString());
          if (place != null && isAbout(check, input)) {
            Input of = inputs.get(key(place));
            if (of != null) {
              found.computeIfAbsent(of, any -> new ArrayList<>()).add(facets.assertion(check));
            }
          }
        }
      }
      found.forEach(
          (input, assertions) ->
              input
                  .inputFacets()
                  .dataQualityAssertions(
                      openLineage.newDataQualityAssertionsDatasetFacet(
                          assertions.stream().distinct().toList())));
    }

    private boolean isAbout(Trace.Check check, Trace.Input input) {
      if (check.name().equals("inputs_unchanged")) {
        return input.files() != null;
      }
      return isOfSpine(check) && input.snapshot().source().equals(spine());
    }

    List<OpenLineage.InputDataset> inputs() {
      return built(inputs);
    }

    List<OpenLineage.OutputDataset> outputs() {
      ColumnFacet columns = new ColumnFacet(openLineage, trace.lineage(), this::dataset);
      List<OpenLineage.OutputDataset> outputs = new ArrayList<>();
      for (Trace.Output output : trace.outputs()) {
        String storage = output.storage();
        Place place =
            storage == null
                ? places.ofTable(output.table(), null)
                : TaskDatasets.this.place(output.target(), output.table(), storage);
        OpenLineage.DatasetFacetsBuilder made = output(output.target(), place);
        made.schema(facets.schema(trace.columns(), subject.columns()));
        made.columnLineage(columns.of(subject.resource().id(), trace.columns().keySet()));
        String snapshot = output.snapshot();
        if (snapshot == null) {
          outputs.add(
              openLineage.newOutputDataset(place.namespace(), place.name(), made.build(), null));
          continue;
        }
        made.version(openLineage.newDatasetVersionDatasetFacet(snapshot));
        if (subject.interval() == null) {
          made.lifecycleStateChange(
              openLineage.newLifecycleStateChangeDatasetFacet(
                  OpenLineage.LifecycleStateChangeDatasetFacet.LifecycleStateChange.OVERWRITE,
                  null));
        }
        outputs.add(
            openLineage.newOutputDataset(
                place.namespace(),
                place.name(),
                made.build(),
                openLineage
                    .newOutputDatasetOutputFacetsBuilder()
                    .outputStatistics(statistics())
                    .build()));
      }
      return outputs;
    }

    /** The bytes only where they are all of one table: what a task writes is counted as one. */
    private OpenLineage.OutputStatisticsOutputDatasetFacet statistics() {
      OpenLineage.OutputStatisticsOutputDatasetFacetBuilder statistics =
          openLineage.newOutputStatisticsOutputDatasetFacetBuilder().rowCount(report.rows());
      TaskMetrics metrics = report.metrics();
      if (trace.outputs().size() == 1 && metrics != null && metrics.complete()) {
        statistics.size(metrics.bytesWritten());
      }
      return statistics.build();
    }

    /** A source, or a table that a query reads, whose name may be written in several ways. */
    private @Nullable Place dataset(String resource) {
      Place known = byResource.get(resource);
      if (known != null || isDefined(resource)) {
        return known;
      }
      return byResource.entrySet().stream()
          .filter(entry -> entry.getKey().endsWith("." + resource))
          .map(Map.Entry::getValue)
          .findFirst()
          .orElse(null);
    }
  }

  private static boolean isDefined(String name) {
    return Stream.of(Kind.values()).anyMatch(kind -> name.startsWith(kind.key() + "."));
  }

  /** The rows that a task's rows are made of, each once. */
  List<Rows> upstream() {
    return graph.upstream(task.reads());
  }
}
