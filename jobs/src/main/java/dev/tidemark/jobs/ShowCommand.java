package dev.tidemark.jobs;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.definition.Resource;
import dev.tidemark.plan.Card;
import dev.tidemark.plan.ColumnProfile;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.GateWords;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Lifecycle;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Registered;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.RunOverview;
import dev.tidemark.plan.TimeWords;
import dev.tidemark.plan.Uses;
import dev.tidemark.run.Catalogue;
import dev.tidemark.run.ExitCode;
import dev.tidemark.run.TaskFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows one resource. */
@CommandLine.Command(
    name = "show",
    description = {
      "Show one resource: what it says, what it uses and who uses it, how it stands with it, and what "
          + "its values are like.",
      "",
      "Status, freshness and runs come from the registry and the run history, statistics and samples "
          + "from its table. --offline leaves them out, and answers within a second."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark show fraud.v1",
      "  tidemark show fraud.v1 --offline",
      "  tidemark show sources.payments.v1 --project shop",
      "  tidemark show customer_spend.v1.spend_7d",
      "  tidemark show customer_spend.v1 --json"
    })
final class ShowCommand implements Command {
  private static final int RUNS = 5;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Who who = new Who();

  @Option(names = "--offline", description = "Only what the definitions say, without Spark.")
  boolean offline;

  @Parameters(
      paramLabel = "NAME",
      description =
          "Such as fraud.v1; with its kind: training-sets.fraud.v1, entities.customer; or a column: "
              + "customer_spend.v1.spend_7d.")
  String name = "";

  private static String cost(RunOverview.@Nullable Cost cost) {
    return cost == null
        ? ""
        : "  in %.1f s, of %,d rows read".formatted(cost.seconds(), cost.rowsRead());
  }

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Project project = ProjectReader.read(common.project, common.environment);
    Resources resources = new Resources(project.definitions());
    Resources.Named named = resources.named(name);
    Resource resource = named.resource();
    String column = named.column();
    Graph graph = Graph.of(project.definitions());

    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", resource.id());
    fields.put("kind", resource.kind().key());
    fields.put("owner", resource.about().owner());
    fields.put("description", resource.about().description());
    fields.put("tags", resource.about().tags());
    fields.put("properties", resource.about().properties());
    fields.put("defined_at", resource.origin().file().name() + ":" + resource.origin().line());
    fields.put("fingerprint", fingerprint(graph, resource).map(Fingerprint::toString).orElse(null));
    fields.put("uses", List.copyOf(Uses.of(resource)));
    fields.put("used_by", resources.usersOf(resource));
    fields.put("columns", columns(graph, resource));
    fields.put("tables", tables(project, resource));
    fields.put("latest_tables", latestTables(project, graph, resource));
    fields.put("scoring_tables", scoringTables(project, resource));
    fields.put("gates", gates(resource));
    fields.put("how_to_use", Facts.howToUse(resource));
    if (column != null) {
      only(column, project, graph, resource, fields);
    }
    Map<String, @Nullable Object> shown = new LinkedHashMap<>(fields);
    if (!offline) {
      facts(project, graph, named, report, spark, fields, shown);
    }
    fields.put("definition", definition(resource));
    shown.put("definition", definition(resource));
    report.document(fields);
    report.say(text(shown));
  }

  /** Of a column: what is its own, in place of what is the whole resource's. */
  private static void only(
      String column,
      Project project,
      Graph graph,
      Resource resource,
      Map<String, @Nullable Object> fields) {
    fields.put("column", column);
    fields.put("columns", List.of(column));
    if (resource instanceof FeatureView view) {
      Card card =
          Card.of(project.definitions()).stream()
              .filter(each -> each.name().equals(view.ref().shortName() + "." + column))
              .findFirst()
              .orElseThrow();
      fields.put("id", card.id());
      fields.put("kind", card.kind());
      fields.put("description", card.about().description());
      fields.put("tags", card.about().tags());
      fields.put("how_to_use", "features = [%s]".formatted(card.name()));
      Set<String> others = new HashSet<>(view.columns());
      others.remove(column);
      fields.put(
          "time_rules",
          TimeWords.of(graph, project.environment(), resource).stream()
              .filter(rule -> isOf(rule, column, others))
              .toList());
    }
  }

  /** A rule begins with the columns that it is of, if it is not of all. */
  private static boolean isOf(String rule, String column, Set<String> others) {
    List<String> of = List.of(rule.split(" = ", 2)[0].split(", ", -1));
    return of.contains(column) || of.stream().noneMatch(others::contains);
  }

  private static Catalogue.Contents only(@Nullable String column, Catalogue.Contents all) {
    ColumnProfile profile = column == null ? null : all.profiles().get(column);
    if (column == null || profile == null) {
      return all;
    }
    Map<String, String> types = new HashMap<>(all.types());
    types.keySet().retainAll(Set.of(column));
    return new Catalogue.Contents(Map.of(column, profile), types, all.columns(), all.samples());
  }

  /**
   * What is known beside the definitions.
   *
   * @param fields for JSON
   * @param shown the same for people
   */
  private void facts(
      Project project,
      Graph graph,
      Resources.Named named,
      Report report,
      Spark spark,
      Map<String, @Nullable Object> fields,
      Map<String, @Nullable Object> shown) {
    Resource resource = named.resource();
    Facts facts = new Facts(project, spark.catalogue(project, report), RUNS, resource.id());
    Map<String, @Nullable Object> status = facts.status(resource.id());
    fields.put("status", status);
    status.forEach(
        (key, value) -> {
          if (!(value instanceof Map<?, ?>)) {
            shown.put(key.equals("state") ? "status" : key, value);
          }
        });
    Registered known = facts.registered().get(resource.id());
    if (known != null && known.deprecation() != null) {
      shown.put("deprecated", Lifecycle.words(known.deprecation()).strip());
      shown.put("successor", known.deprecation().successor());
    }
    fields.put("runs", facts.runsOf(resource.id()));
    shown.put(
        "newest_runs",
        facts.runs(resource.id()).newest().stream()
            .map(
                run ->
                    "%s  %,d rows%s%s%s"
                        .formatted(
                            run.committedAt(),
                            run.rows(),
                            run.tables().isEmpty() ? "  refused by gates" : "",
                            run.intervalStart() == null ? "" : "  at " + run.intervalStart(),
                            cost(run.cost())))
            .toList());
    Optional<String> hidden = hidden(project, graph, resource, report, spark);
    fields.put("hidden", hidden.orElse(null));
    hidden.ifPresent(rule -> shown.put("hidden", "statistics and samples: " + rule));
    Optional<Catalogue.Contents> contents =
        (hidden.isPresent() ? Optional.<Catalogue.Contents>empty() : facts.contents(resource))
            .map(all -> only(named.column(), all));
    fields.put("statistics", contents.map(ShowCommand::statistics).orElse(null));
    fields.put(
        "samples",
        contents.map(of -> of.samples().stream().map(Values::object).toList()).orElse(null));
    contents.ifPresent(
        of -> {
          shown.put("statistics", statistics(of, report.terminal().columns()));
          shown.put(
              "samples",
              RowPrinter.table(of.columns(), of.samples(), report.terminal().columns() - 2)
                  .lines()
                  .toList());
        });
  }

  /** The rule that keeps its values from whoever asks. */
  private Optional<String> hidden(
      Project project, Graph graph, Resource resource, Report report, Spark spark) {
    try {
      new Admission(project, graph, who, report, spark).policy(List.of(resource.id()));
      return Optional.empty();
    } catch (TaskFailure refused) {
      if (refused.exitCode() != ExitCode.DEFINITION) {
        throw refused;
      }
      return Optional.of(refused.problems().get(0).what());
    }
  }

  private static Map<String, Object> statistics(Catalogue.Contents contents) {
    Map<String, Object> all = new LinkedHashMap<>();
    contents.profiles().forEach((column, profile) -> all.put(column, Facts.fields(profile)));
    return all;
  }

  private static List<String> statistics(Catalogue.Contents contents, int width) {
    List<List<String>> rows = new ArrayList<>();
    contents
        .profiles()
        .forEach(
            (column, of) ->
                rows.add(
                    List.of(
                        column,
                        "%,d".formatted(of.rows()),
                        "%.1f %%".formatted(of.rows() == 0 ? 0 : 100.0 * of.nulls() / of.rows()),
                        of.distinct() == null ? "" : "%,d".formatted(of.distinct()),
                        Objects.toString(of.min(), ""),
                        Objects.toString(of.max(), ""),
                        of.mean() == null ? "" : "%.6g".formatted(of.mean()))));
    return Grid.list(
            List.of("column", "rows", "null", "distinct", "least", "greatest", "mean"),
            rows,
            Math.max(width - 2, 60))
        .lines()
        .toList();
  }

  private static Optional<Fingerprint> fingerprint(Graph graph, Resource resource) {
    return graph.fingerprints().entrySet().stream()
        .filter(entry -> entry.getKey().toString().equals(resource.id()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** The columns that a definition declares with their types. */
  static List<Column> declared(Resource resource) {
    return resource.match(
        entity -> entity.keys(),
        source ->
            source
                .location()
                .match(table -> List.<Column>of(), files -> files.schema(), query -> List.of()),
        transformation -> List.of(),
        view -> List.of(),
        label -> List.of(),
        set -> List.of(),
        model -> List.of());
  }

  /** The columns that are known without looking at data. */
  private static List<String> columns(Graph graph, Resource resource) {
    return resource.match(
        entity -> declared(entity).stream().map(ShowCommand::typed).toList(),
        source -> declared(source).stream().map(ShowCommand::typed).toList(),
        transformation -> List.of(),
        view -> view.columns(),
        label -> List.of(label.ref().name()),
        set ->
            Optional.ofNullable(graph.trainingSets().get(set.ref()))
                .map(ResolvedTrainingSet::columns)
                .orElse(List.of()),
        model -> List.of());
  }

  /** What its rows must pass before they are committed. */
  private static List<String> gates(Resource resource) {
    return resource.match(
        entity -> List.of(),
        source -> List.of(),
        transformation -> List.of(),
        view -> GateWords.of(view.gates()),
        label -> List.of(),
        set -> GateWords.of(set.gates()),
        model -> List.of());
  }

  private static String typed(Column column) {
    return column.name() + " " + column.type();
  }

  /** Where it is written, once it is. */
  private static List<String> tables(Project project, Resource resource) {
    return resource.match(
        entity -> List.of(),
        source -> List.of(),
        transformation -> List.of(),
        view ->
            view.materialize() == null
                ? List.of()
                : Tables.names(project, Planner.table(view.ref())),
        label -> List.of(),
        set -> Tables.names(project, Planner.table(set.ref())),
        model -> List.of());
  }

  /** Where {@code materialize --latest} writes it. */
  private static List<String> latestTables(Project project, Graph graph, Resource resource) {
    return graph.views().values().stream()
        .filter(view -> view.view().id().equals(resource.id()) && !view.isStatic())
        .flatMap(view -> Tables.names(project, Planner.latestTable(view.view().ref())).stream())
        .toList();
  }

  /** Where {@code build --scoring} writes it. */
  private static List<String> scoringTables(Project project, Resource resource) {
    return project.definitions().trainingSets().stream()
        .filter(set -> set.id().equals(resource.id()))
        .flatMap(set -> Tables.names(project, Planner.scoringTable(set.ref())).stream())
        .toList();
  }

  /** The lines of the file that define it. */
  private static String definition(Resource resource) {
    return DefinitionLines.of(resource.origin());
  }

  private static String text(Map<String, @Nullable Object> fields) {
    List<String> lines = new ArrayList<>();
    fields.forEach(
        (field, value) -> {
          String label = field.replace('_', ' ');
          if (field.equals("definition")) {
            lines.add("");
            lines.add(String.valueOf(value));
          } else if (value instanceof String many && many.contains("\n")) {
            lines.add(label);
            many.lines().forEach(line -> lines.add("  " + line));
          } else if (value instanceof List<?> list) {
            if (!list.isEmpty()) {
              lines.add(label);
              list.forEach(element -> lines.add("  " + element));
            }
          } else if (value != null && !value.equals(Map.of())) {
            lines.add("%-12s %s".formatted(label, value));
          }
        });
    return String.join("\n", lines);
  }
}
