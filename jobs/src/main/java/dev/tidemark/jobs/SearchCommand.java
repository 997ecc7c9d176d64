package dev.tidemark.jobs;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Card;
import dev.tidemark.plan.Search;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Finds resources and features by words. */
@CommandLine.Command(
    name = "search",
    description = {
      "Find resources and features by words.",
      "",
      "Looked for in names, columns, tags, owners and descriptions, the best first. `last week` also "
          + "finds windows of 7d. With --registered also what others have registered."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark search spend last week",
      "  tidemark search chargebacks --project shop --limit 5",
      "  tidemark search spend --registered --env prod --json"
    })
final class SearchCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(arity = "1..*", paramLabel = "WORD", description = "What it is about.")
  List<String> words = new ArrayList<>();

  @Option(names = "--limit", paramLabel = "N", description = "How many to show (default: 20).")
  int limit = 20;

  @Option(
      names = "--registered",
      description = "Also what is registered in the environment and not in this project.")
  boolean registered;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    if (limit < 1) {
      throw new RefusedException(Status.REFUSED, "--limit is how many to show, 1 or more");
    }
    List<Search.Found> found = new Search(cards(report, spark)).of(String.join(" ", words), limit);
    report.document(found.stream().map(SearchCommand::fields).toList());
    List<List<String>> rows =
        found.stream()
            .map(
                each ->
                    List.of(
                        each.card().kind(),
                        each.card().name(),
                        ListCommand.orEmpty(each.card().about().owner()),
                        ListCommand.orEmpty(each.card().about().description())))
            .toList();
    Terminal terminal = report.terminal();
    report.say(
        rows.isEmpty()
            ? "nothing found; `tidemark list` lists all"
            : Grid.list(
                    List.of("kind", "name", "owner", "description"),
                    rows,
                    terminal.outIsTerminal() ? terminal.columns() : Integer.MAX_VALUE)
                .stripTrailing());
  }

  private List<Card> cards(Report report, Spark spark) {
    if (!registered) {
      return Card.of(ProjectReader.readDefinitions(common.project));
    }
    Project project = ProjectReader.read(common.project, common.environment);
    return ListCommand.merged(
        Card.of(project.definitions()),
        Card.of(spark.catalogue(project, report).registered().values()));
  }

  private static Map<String, @Nullable Object> fields(Search.Found found) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", found.card().id());
    fields.put("kind", found.card().kind());
    fields.put("name", found.card().name());
    fields.put("owner", found.card().about().owner());
    fields.put("description", found.card().about().description());
    fields.put("tags", found.card().about().tags());
    fields.put("score", Math.round(found.score() * 1000) / 1000.0);
    fields.put("matched", found.matched());
    return fields;
  }
}
