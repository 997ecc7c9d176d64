package dev.tidemark.jobs;

import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.Card;
import dev.tidemark.plan.Registered;
import dev.tidemark.plan.RunOverview;
import dev.tidemark.plan.Standing;
import dev.tidemark.run.Catalogue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists resources and features. */
@CommandLine.Command(
    name = "list",
    description = {
      "List the resources that a project defines.",
      "",
      "With --registered also what others have registered, and how it stands with each: defined "
          + "(not registered), registered, materialized, failing, deprecated."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark list",
      "  tidemark list feature-views --project shop",
      "  tidemark list features --owner risk-ds --tag fraud",
      "  tidemark list --registered --status deprecated --env prod",
      "  tidemark list --json"
    })
final class ListCommand implements Command {
  private static final String FEATURES = "features";

  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "KIND",
      description =
          "Only this kind: entities, sources, transformations, feature-views, features, labels, "
              + "training-sets or models (default: all but features).")
  @Nullable String kind;

  @Option(names = "--owner", paramLabel = "WHO", description = "Only what this owner answers for.")
  @Nullable String owner;

  @Option(
      names = "--tag",
      paramLabel = "TAG",
      description = "Only what carries this tag; several times: all of them.")
  List<String> tags = new ArrayList<>();

  @Option(
      names = "--registered",
      description = "Also what is registered in the environment, with how it stands with each.")
  boolean registered;

  @Option(
      names = "--status",
      paramLabel = "STATUS",
      converter = ToStanding.class,
      description = "Only what is so; see above. Implies --registered.")
  @Nullable Standing status;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    String only = kind == null ? null : kind(kind);
    boolean asks = registered || status != null;
    Map<String, Standing> standings = new HashMap<>();
    Map<String, Instant> reached = new HashMap<>();
    List<Card> all = asks ? registered(report, spark, standings, reached) : Card.of(definitions());
    List<Card> found =
        all.stream()
            .filter(card -> only == null ? !card.kind().equals(FEATURES) : card.kind().equals(only))
            .filter(card -> owner == null || owner.equalsIgnoreCase(card.about().owner()))
            .filter(card -> card.about().tags().containsAll(tags))
            .filter(card -> status == null || standings.get(card.id()) == status)
            .toList();
    report.document(
        found.stream()
            .map(card -> fields(card, standings.get(card.id()), reached.get(card.id())))
            .toList());
    List<List<String>> rows =
        found.stream()
            .map(card -> line(card, asks, standings.get(card.id()), reached.get(card.id())))
            .toList();
    List<String> header = new ArrayList<>(List.of("kind", "name", "owner", "description"));
    if (asks) {
      header.add(2, "status");
    }
    Terminal terminal = report.terminal();
    report.say(
        rows.isEmpty()
            ? "none"
            : Grid.list(
                    header, rows, terminal.outIsTerminal() ? terminal.columns() : Integer.MAX_VALUE)
                .stripTrailing());
  }

  private Definitions definitions() {
    return ProjectReader.readDefinitions(common.project);
  }

  private List<Card> registered(
      Report report, Spark spark, Map<String, Standing> standings, Map<String, Instant> reached) {
    Project project = ProjectReader.read(common.project, common.environment);
    Catalogue catalogue = spark.catalogue(project, report);
    Map<String, Registered> known = catalogue.registered();
    Map<String, RunOverview> runs = catalogue.runs(0, null);
    Map<String, Instant> failures = catalogue.failures();
    List<Card> cards = merged(Card.of(project.definitions()), Card.of(known.values()));
    for (Card card : cards) {
      RunOverview of = runs.getOrDefault(card.id(), RunOverview.NONE);
      standings.put(card.id(), Standing.of(known.get(card.id()), of, failures.get(card.id())));
      if (of.to() != null) {
        reached.put(card.id(), of.to());
      }
    }
    return cards;
  }

  /** The project's, and those of others. */
  static List<Card> merged(List<Card> project, List<Card> others) {
    Set<String> ids = new HashSet<>();
    project.forEach(card -> ids.add(card.id()));
    List<Card> all = new ArrayList<>(project);
    others.stream().filter(card -> ids.add(card.id())).forEach(all::add);
    return all;
  }

  private static List<String> line(
      Card card, boolean asks, @Nullable Standing standing, @Nullable Instant reached) {
    List<String> line =
        new ArrayList<>(
            List.of(
                card.kind(),
                card.name(),
                orEmpty(card.about().owner()),
                orEmpty(card.about().description())));
    if (asks) {
      String status = standing == null ? "" : standing.toString();
      line.add(2, reached == null ? status : status + ", up to " + reached);
    }
    return line;
  }

  private static String kind(String name) {
    List<String> known = new ArrayList<>(Arrays.stream(Kind.values()).map(Kind::key).toList());
    known.add(FEATURES);
    if (!known.contains(name)) {
      Problems problems = new Problems();
      problems.addNearest(null, "no kind `%s`".formatted(name), name, known);
      problems.throwIfAny();
    }
    return name;
  }

  private static Map<String, @Nullable Object> fields(
      Card card, @Nullable Standing standing, @Nullable Instant reached) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", card.id());
    fields.put("kind", card.kind());
    fields.put("name", card.name());
    fields.put("owner", card.about().owner());
    fields.put("description", card.about().description());
    fields.put("tags", card.about().tags());
    fields.put("status", Objects.toString(standing, null));
    fields.put("materialized_to", Objects.toString(reached, null));
    return fields;
  }

  static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** Reads {@code --status}. */
  static final class ToStanding implements CommandLine.ITypeConverter<Standing> {
    @Override
    public Standing convert(String text) {
      for (Standing standing : Standing.values()) {
        if (standing.toString().equals(text.toLowerCase(Locale.ROOT))) {
          return standing;
        }
      }
      throw new CommandLine.TypeConversionException(
          "`%s` is none of %s"
              .formatted(
                  text,
                  String.join(
                      ", ", Arrays.stream(Standing.values()).map(Standing::toString).toList())));
    }
  }
}
