package dev.tidemark.jobs;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.definition.Resource;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.Uses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows one resource. */
@CommandLine.Command(
    name = "show",
    description = "Show one resource: what it says, what it uses and who uses it.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark show fraud.v1",
      "  tidemark show sources.payments.v1 --project shop",
      "  tidemark show customer_spend.v1 --json"
    })
final class ShowCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(
      paramLabel = "NAME",
      description =
          "Such as fraud.v1, or with its kind: training-sets.fraud.v1, entities.customer.")
  String name = "";

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Project project = ProjectReader.read(common.project, common.environment);
    Resources resources = new Resources(project.definitions());
    Resource resource = resources.find(name);
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
    fields.put("definition", definition(resource));
    report.document(fields);
    report.say(text(fields));
  }

  private static Optional<Fingerprint> fingerprint(Graph graph, Resource resource) {
    return graph.fingerprints().entrySet().stream()
        .filter(entry -> entry.getKey().toString().equals(resource.id()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** The columns that are known without looking at data. */
  private static List<String> columns(Graph graph, Resource resource) {
    return resource.match(
        entity -> entity.keys().stream().map(key -> key.name() + " " + key.type()).toList(),
        source ->
            source
                .location()
                .match(
                    table -> List.<String>of(),
                    files -> files.schema().stream().map(ShowCommand::typed).toList(),
                    query -> List.<String>of()),
        transformation -> List.of(),
        view -> view.columns(),
        label -> List.of(label.ref().name()),
        set ->
            Optional.ofNullable(graph.trainingSets().get(set.ref()))
                .map(ResolvedTrainingSet::columns)
                .orElse(List.of()),
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
