package dev.tidemark.jobs;

import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.definition.Source;
import dev.tidemark.plan.Awaiting;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Readiness;
import dev.tidemark.run.ExitCode;
import dev.tidemark.run.Runner;
import dev.tidemark.run.TaskFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells whether sources are ready, and waits for them. */
@CommandLine.Command(
    name = "await",
    description = {
      "Tell whether sources hold all that belongs before a time, or wait until they do.",
      "",
      "By each source's `ready` rule; without one, what has an event time must have a row that "
          + "becomes visible at or after the time, and what is static must be there. It looks once "
          + "and ends with exit code 4 if one is not ready; with --timeout it looks again and again "
          + "first. A transformation, feature view or training set stands for all sources that it "
          + "reads."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark await payments.v1 --until 2024-03-02",
      "  tidemark await sources.payments.v1 sources.visits.v1 --until 2024-03-02T06:00:00Z",
      "  tidemark await fraud.v1 --until 2024-03-02 --timeout 2h --poll 5m"
    })
final class AwaitCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(
      arity = "0..*",
      paramLabel = "SOURCE",
      description = "Sources with their variant, or what reads them.")
  List<String> names = new ArrayList<>();

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "All before it must be there: an instant, or a date for midnight UTC.")
  @Nullable Instant until;

  @Option(
      names = "--timeout",
      paramLabel = "AGE",
      converter = Age.class,
      description = "How long to go on looking, such as 30m or 2h (default: look once).")
  Duration timeout = Duration.ZERO;

  @Option(
      names = "--poll",
      paramLabel = "AGE",
      converter = Age.class,
      description = "How long to wait between two looks (default: 60s).")
  Duration poll = Duration.ofSeconds(60);

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Instant time = until;
    if (names.isEmpty()) {
      throw new RefusedException(Status.REFUSED, "nothing to wait for: give a SOURCE");
    }
    if (time == null) {
      throw new RefusedException(
          Status.REFUSED, "give --until: all before it must be there, such as --until 2024-03-02");
    }
    if (poll.isZero()) {
      throw new RefusedException(Status.REFUSED, "--poll is how long to wait, 1s or more");
    }
    Project project = ProjectReader.read(common.project, common.environment);
    Graph graph = Graph.of(project.definitions());
    List<Source> sources = Awaiting.named(graph, names);
    Runner runner = spark.open(project, graph, report);
    long start = System.nanoTime();
    List<Readiness> found = runner.ready(sources, time);
    while (!areReady(found)) {
      Duration left = timeout.minusNanos(System.nanoTime() - start);
      if (left.isNegative() || left.isZero()) {
        break;
      }
      found.stream()
          .filter(each -> !each.isReady())
          .forEach(each -> report.progress(line(each, time)));
      spark.pause(left.compareTo(poll) < 0 ? left : poll);
      found = runner.ready(sources, time);
    }
    found.forEach(each -> report.say(line(each, time)));
    report.document(document(found, time));
    if (!areReady(found)) {
      throw new TaskFailure(ExitCode.INPUT_NOT_READY, problems(sources, found, time), null);
    }
  }

  private static boolean areReady(List<Readiness> found) {
    return found.stream().allMatch(Readiness::isReady);
  }

  private static String line(Readiness found, Instant until) {
    StringBuilder line = new StringBuilder();
    line.append(
        "%s is %s for %s"
            .formatted(found.source(), found.isReady() ? "ready" : "not ready", until));
    for (Readiness.Condition condition : found.conditions()) {
      line.append(
          "%n  %-3s %s: %s"
              .formatted(condition.holds() ? "yes" : "no", condition.name(), condition.found()));
    }
    return line.toString();
  }

  private static List<Problem> problems(
      List<Source> sources, List<Readiness> found, Instant until) {
    List<Problem> problems = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      Source source = sources.get(i);
      for (Readiness.Condition condition : found.get(i).conditions()) {
        if (!condition.holds()) {
          problems.add(
              new Problem(
                  source.ready() == null ? source.origin() : source.ready().origin(),
                  "%s is not ready for %s: %s: %s"
                      .formatted(source.ref(), until, condition.name(), condition.found()),
                  "try again, or give --timeout to wait for it"));
        }
      }
    }
    return problems;
  }

  private static Map<String, @Nullable Object> document(List<Readiness> found, Instant until) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("until", until.toString());
    document.put("ready", areReady(found));
    document.put(
        "sources",
        found.stream()
            .map(
                each -> {
                  Map<String, @Nullable Object> source = new LinkedHashMap<>();
                  source.put("source", each.source().toString());
                  source.put("ready", each.isReady());
                  source.put("rule", each.byRule() ? "declared" : "default");
                  source.put(
                      "conditions",
                      each.conditions().stream().map(AwaitCommand::condition).toList());
                  return source;
                })
            .toList());
    return document;
  }

  private static Map<String, @Nullable Object> condition(Readiness.Condition condition) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", condition.name());
    fields.put("holds", condition.holds());
    fields.put("found", condition.found());
    return fields;
  }
}
