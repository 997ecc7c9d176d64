package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.Resource;
import dev.tidemark.plan.ColumnProfile;
import dev.tidemark.plan.Deprecation;
import dev.tidemark.plan.Registered;
import dev.tidemark.plan.RunOverview;
import dev.tidemark.plan.Standing;
import dev.tidemark.plan.TableNames;
import dev.tidemark.plan.Target;
import dev.tidemark.run.Catalogue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * What is known of resources beside their definitions, looked up once for all of them; for {@code
 * show} and {@code docs}.
 */
final class Facts {
  private static final int SAMPLES = 5;

  private final Project project;
  private final Catalogue catalogue;
  private final Map<String, Registered> registered;
  private final Map<String, RunOverview> runs;
  private final Map<String, Instant> failures;

  /**
   * @param runs how many of the newest runs to tell of each
   * @param resource only of this one; null: of all
   */
  Facts(Project project, Catalogue catalogue, int runs, @Nullable String resource) {
    this.project = project;
    this.catalogue = catalogue;
    this.registered = catalogue.registered();
    this.runs = catalogue.runs(runs, resource);
    this.failures = catalogue.failures();
  }

  Map<String, Registered> registered() {
    return registered;
  }

  RunOverview runs(String id) {
    return runs.getOrDefault(id, RunOverview.NONE);
  }

  Standing standing(String id) {
    return Standing.of(registered.get(id), runs(id), failures.get(id));
  }

  /**
   * What its table holds: of a view its ticks, or its newest values where there are none.
   *
   * @return nothing if there is no table yet
   */
  Optional<Catalogue.Contents> contents(Resource resource) {
    for (Target target :
        TableNames.all(resource.id(), project.environment().writeTo().subList(0, 1))) {
      Optional<Catalogue.Contents> contents =
          target.name().endsWith("__state") || target.name().endsWith("__scoring")
              ? Optional.empty()
              : catalogue.contents(target, SAMPLES);
      if (contents.isPresent()) {
        return contents;
      }
    }
    return Optional.empty();
  }

  /** How it stands with it, since when and by whom. */
  Map<String, @Nullable Object> status(String id) {
    Registered known = registered.get(id);
    RunOverview of = runs(id);
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("state", standing(id).toString());
    fields.put("registered_at", known == null ? null : known.first().at().toString());
    fields.put("registered_by", known == null ? null : known.first().by());
    fields.put("git_commit", known == null ? null : known.last().gitCommit());
    fields.put("materialized_from", text(of.from()));
    fields.put("materialized_to", text(of.to()));
    fields.put("last_run_at", text(of.last()));
    Deprecation deprecation = known == null ? null : known.deprecation();
    fields.put("deprecated", deprecation == null ? null : fields(deprecation));
    return fields;
  }

  private static Map<String, @Nullable Object> fields(Deprecation deprecation) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("since", deprecation.since().toString());
    fields.put("until", text(deprecation.until()));
    fields.put("successor", deprecation.successor());
    fields.put("reason", deprecation.reason());
    fields.put("by", deprecation.by());
    return fields;
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return Objects.toString(instant, null);
  }

  /** Its newest runs, newest first. */
  List<Map<String, @Nullable Object>> runsOf(String id) {
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    for (RunOverview.Run run : runs(id).newest()) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("run_id", run.runId());
      fields.put("committed_at", run.committedAt().toString());
      fields.put("interval_start", text(run.intervalStart()));
      fields.put("interval_end", text(run.intervalEnd()));
      fields.put("status", run.tables().isEmpty() ? "refused" : "done");
      fields.put("rows", run.rows());
      fields.put("snapshot", run.tables().isEmpty() ? "" : run.tables().get(0).snapshot());
      fields.put("manifest", run.manifest());
      fields.put("definition", run.definition());
      fields.put(
          "inputs",
          run.inputs().stream()
              .map(input -> Map.of("source", input.source(), "state", state(input)))
              .toList());
      fields.put("version", run.version());
      fields.put("cost", run.cost() == null ? null : cost(run.cost()));
      all.add(fields);
    }
    return all;
  }

  private static Map<String, @Nullable Object> cost(RunOverview.Cost cost) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("seconds", Summary.rounded(cost.seconds()));
    fields.put("rows_read", cost.rowsRead());
    fields.put("bytes_read", cost.bytesRead());
    fields.put("rows_written", cost.rowsWritten());
    fields.put("bytes_written", cost.bytesWritten());
    fields.put("executor_seconds", Summary.rounded(cost.executorSeconds()));
    fields.put("cpu_seconds", Summary.rounded(cost.cpuSeconds()));
    return fields;
  }

  private static String state(RunOverview.Input input) {
    return "%s %s".formatted(input.kind().toLowerCase(Locale.ROOT), input.id()).strip();
  }

  /** What a column's values are like. */
  static Map<String, @Nullable Object> fields(ColumnProfile profile) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("rows", profile.rows());
    fields.put("nulls", profile.nulls());
    fields.put("distinct", profile.distinct());
    fields.put("min", profile.min());
    fields.put("max", profile.max());
    fields.put("mean", finite(profile.mean()));
    fields.put("stddev", finite(profile.deviation()));
    ColumnProfile.Histogram histogram = profile.histogram();
    if (histogram == null) {
      fields.put("histogram", null);
    } else {
      fields.put(
          "histogram",
          Map.of(
              "kind", histogram.isNumeric() ? "numeric" : "category",
              "labels", histogram.labels(),
              "counts", histogram.counts()));
    }
    return fields;
  }

  /** JSON has no others. */
  private static @Nullable Double finite(@Nullable Double number) {
    return number == null || !Double.isFinite(number) ? null : number;
  }

  /** A row's values as text. */
  static List<@Nullable String> texts(Row row) {
    List<@Nullable String> texts = new ArrayList<>();
    Values.object(row).values().forEach(value -> texts.add(Objects.toString(value, null)));
    return texts;
  }

  /** How it is used in a definition, or on the command line. */
  static String howToUse(Resource resource) {
    return resource.match(
        entity ->
            "feature-views.NAME.v1 { entity = %s, source = sources.SOURCE.v1, features { ... } }"
                .formatted(entity.name()),
        source -> ofRows(source.id()),
        transformation -> ofRows(transformation.id()),
        view ->
            """
            training-sets.NAME.v1 {
              label = labels.LABEL.v1
              features = [%s]        # or one of them: %s.%s
            }"""
                .formatted(view.ref().shortName(), view.ref().shortName(), view.columns().get(0)),
        label ->
            "training-sets.NAME.v1 { label = %s, features = [VIEW.v1] }".formatted(label.ref()),
        set ->
            """
            tidemark build %s
            tidemark read %s"""
                .formatted(set.ref().shortName(), set.ref().shortName()),
        model -> "tidemark lineage %s".formatted(model.id()));
  }

  private static String ofRows(String id) {
    return "feature-views.NAME.v1 { entity = ENTITY, source = %s, features { ... } }".formatted(id);
  }
}
