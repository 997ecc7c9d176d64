package dev.tidemark.jobs;

import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Model;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.definition.Resource;
import dev.tidemark.plan.ColumnLineage;
import dev.tidemark.plan.ColumnRef;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Links;
import dev.tidemark.plan.Links.Direction;
import dev.tidemark.plan.ManifestOverview;
import dev.tidemark.plan.Uses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a resource or a column is made of, and what is made of it. */
@CommandLine.Command(
    name = "lineage",
    description = {
      "Show what a resource is made of, and what is made of it.",
      "",
      "With --columns, or the name of a column: by columns, as Spark's analyzer resolves them, from "
          + "the source's column to the training set and the model. A model that names the manifest "
          + "it was trained on leads to the states and files of the sources that were read then."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark lineage fraud.v1",
      "  tidemark lineage sources.payments.v1 --down",
      "  tidemark lineage customer_spend.v1.spend_7d --up",
      "  tidemark lineage fraud.v1 --columns --up --json",
      "  tidemark lineage fraud.v1 --mermaid > fraud.mmd"
    })
final class LineageCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(
      paramLabel = "NAME",
      description = "A resource, such as fraud.v1, or a column of one: customer_spend.v1.spend_7d.")
  String name = "";

  @Option(names = "--up", description = "Only what it is made of.")
  boolean up;

  @Option(names = "--down", description = "Only what is made of it.")
  boolean down;

  @Option(names = "--columns", description = "By columns.")
  boolean columns;

  @Option(
      names = "--registered",
      description = "Also what others have registered that uses it; not by columns.")
  boolean registered;

  @Option(names = "--mermaid", description = "Print a Mermaid diagram instead of a tree.")
  boolean mermaid;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Project project = ProjectReader.read(common.project, common.environment);
    Graph graph = Graph.of(project.definitions());
    Resources.Named named = new Resources(project.definitions()).named(name);
    Resource resource = named.resource();
    String column = named.column();
    if (registered && (columns || column != null)) {
      throw new RefusedException(
          Status.REFUSED, "--registered is by resources: leave --columns and the column out");
    }
    Links links;
    List<String> roots;
    if (columns || column != null) {
      ColumnLineage lineage = spark.catalogue(project, report).lineage(graph);
      links = Links.of(lineage);
      roots =
          lineage.of(resource.id()).stream()
              .filter(each -> column == null || each.column().equals(column))
              .map(ColumnRef::toString)
              .toList();
    } else {
      links = links(project, report, spark);
      roots = List.of(resource.id());
    }
    List<Trained> trained = trained(resource, project, report, spark);
    tell(report, resource, links, roots, trained);
  }

  private Links links(Project project, Report report, Spark spark) {
    SortedMap<String, SortedSet<String>> uses = new TreeMap<>();
    if (registered) {
      spark
          .catalogue(project, report)
          .registered()
          .forEach(
              (id, each) -> {
                if (!each.deleted() && !each.isColumn()) {
                  uses.put(id, each.registration().uses());
                }
              });
    }
    Uses.all(project.definitions())
        .forEach(resource -> uses.put(resource.id(), new TreeSet<>(Uses.of(resource))));
    return new Links(uses);
  }

  /** A model with the manifest it names, and what that tells. */
  private record Trained(String model, String location, @Nullable ManifestOverview manifest) {}

  /** Of the resource itself, if it is a model, and of the models that are made of it. */
  private List<Trained> trained(Resource resource, Project project, Report report, Spark spark) {
    List<Trained> trained = new ArrayList<>();
    for (Model model : models(project.definitions(), resource)) {
      if (model.manifest() != null) {
        String location = ManifestLocation.of(model.manifest().name(), project.root());
        Optional<ManifestOverview> manifest = spark.catalogue(project, report).manifest(location);
        if (manifest.isEmpty()) {
          report.warn("%s names a manifest that is not there: %s".formatted(model.id(), location));
        }
        trained.add(new Trained(model.id(), location, manifest.orElse(null)));
      }
    }
    return trained;
  }

  private static List<Model> models(Definitions definitions, Resource resource) {
    return definitions.models().stream().filter(model -> model.id().equals(resource.id())).toList();
  }

  private void tell(
      Report report, Resource resource, Links links, List<String> roots, List<Trained> trained) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", resource.id());
    document.put("names", roots);
    List<Links.Link> all = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Direction direction : Direction.values()) {
      boolean wanted = up == down || (direction == Direction.UP) == up;
      List<Links.Link> found = wanted ? links.from(roots, direction) : List.of();
      all.addAll(found);
      document.put(
          direction == Direction.UP ? "up" : "down",
          found.stream().map(LineageCommand::link).toList());
      if (wanted) {
        text.append(text.isEmpty() ? "" : "\n");
        text.append(direction == Direction.UP ? "made of\n" : "used by\n");
        for (String root : roots) {
          links.tree(root, direction).forEach(line -> text.append("  ").append(line).append('\n'));
        }
      }
    }
    String diagram = Links.mermaid(roots, all.stream().distinct().toList());
    document.put("mermaid", diagram);
    document.put("trained_on", trained.stream().map(LineageCommand::fields).toList());
    report.document(document);
    trained.forEach(each -> text.append(words(each)));
    report.say((mermaid ? diagram : text.toString()).stripTrailing());
  }

  private static Map<String, String> link(Links.Link link) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("from", link.from());
    fields.put("to", link.to());
    return fields;
  }

  private static String words(Trained trained) {
    StringBuilder words = new StringBuilder();
    words.append("\n%s was trained on %s\n".formatted(trained.model(), trained.location()));
    ManifestOverview manifest = trained.manifest();
    if (manifest == null) {
      return words.append("  which is not there\n").toString();
    }
    words.append(
        "  %,d rows of %s, run %s\n"
            .formatted(manifest.rows(), manifest.resource(), manifest.runId()));
    for (ManifestOverview.Input input : manifest.inputs()) {
      words.append(
          "  %s: %s %s%s\n"
              .formatted(
                  input.snapshot().source(),
                  input.snapshot().location(),
                  input.snapshot().kind().name().toLowerCase(Locale.ROOT),
                  input.snapshot().id().isEmpty() ? "" : " " + input.snapshot().id()));
      input
          .files()
          .forEach(
              file -> words.append("    %s, %,d bytes\n".formatted(file.path(), file.bytes())));
    }
    return words.toString();
  }

  private static Map<String, @Nullable Object> fields(Trained trained) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("model", trained.model());
    fields.put("manifest", trained.location());
    ManifestOverview manifest = trained.manifest();
    fields.put("training_set", manifest == null ? null : manifest.resource());
    fields.put("run_id", manifest == null ? null : manifest.runId());
    fields.put("rows", manifest == null ? null : manifest.rows());
    List<Map<String, @Nullable Object>> inputs = new ArrayList<>();
    for (ManifestOverview.Input input :
        manifest == null ? List.<ManifestOverview.Input>of() : manifest.inputs()) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("source", input.snapshot().source().toString());
      one.put("location", input.snapshot().location());
      one.put("kind", input.snapshot().kind().name().toLowerCase(Locale.ROOT));
      one.put("state", input.snapshot().id());
      one.put("files", input.files().stream().map(file -> file.path()).toList());
      inputs.add(one);
    }
    fields.put("inputs", inputs);
    return fields;
  }
}
