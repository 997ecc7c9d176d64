package dev.tidemark.jobs;

import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.definition.Resource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists a project's resources. */
@CommandLine.Command(
    name = "list",
    description = "List the resources that a project defines.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark list",
      "  tidemark list feature-views --project shop",
      "  tidemark list --json"
    })
final class ListCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "KIND",
      description =
          "Only this kind: entities, sources, transformations, feature-views, labels, training-sets or models.")
  @Nullable String kind;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Kind only = kind == null ? null : kind(kind);
    List<Resource> found =
        new Resources(ProjectReader.readDefinitions(common.project))
            .all().stream().filter(resource -> only == null || resource.kind() == only).toList();
    report.document(found.stream().map(ListCommand::fields).toList());
    List<List<String>> rows =
        found.stream()
            .map(
                resource ->
                    List.of(
                        resource.kind().key(),
                        Resources.brief(resource),
                        orEmpty(resource.about().owner()),
                        orEmpty(resource.about().description())))
            .toList();
    Terminal terminal = report.terminal();
    report.say(
        rows.isEmpty()
            ? "none"
            : Grid.list(
                    List.of("kind", "name", "owner", "description"),
                    rows,
                    terminal.outIsTerminal() ? terminal.columns() : Integer.MAX_VALUE)
                .stripTrailing());
  }

  private static Kind kind(String name) {
    List<String> known = Arrays.stream(Kind.values()).map(Kind::key).toList();
    for (Kind kind : Kind.values()) {
      if (kind.key().equals(name)) {
        return kind;
      }
    }
    Problems problems = new Problems();
    problems.addNearest(null, "no kind `%s`".formatted(name), name, known);
    problems.throwIfAny();
    throw new IllegalStateException("a problem that was not thrown");
  }

  private static Map<String, @Nullable Object> fields(Resource resource) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", resource.id());
    fields.put("kind", resource.kind().key());
    fields.put("name", Resources.brief(resource));
    fields.put("owner", resource.about().owner());
    fields.put("description", resource.about().description());
    fields.put("tags", resource.about().tags());
    return fields;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
