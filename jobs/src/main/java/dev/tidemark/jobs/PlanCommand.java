package dev.tidemark.jobs;

import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.DueInterval;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.History;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.ReadEstimate;
import dev.tidemark.plan.Redo;
import dev.tidemark.plan.RegistryWords;
import dev.tidemark.plan.Schedule;
import dev.tidemark.plan.ScheduleText;
import dev.tidemark.plan.ScheduledTask;
import dev.tidemark.plan.Task;
import dev.tidemark.run.Applying;
import dev.tidemark.run.ExitCode;
import dev.tidemark.run.Runner;
import dev.tidemark.run.TaskFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells what {@code build} or {@code materialize} would do, and does none of it. */
@CommandLine.Command(
    name = "plan",
    description = {
      "Tell what `apply`, `build` or, with --start and --end, `materialize` would do, and do none "
          + "of it.",
      "",
      "Without a NAME: how the definitions differ from those that are registered, and what that "
          + "touches; exit code 2 if `apply` would refuse.",
      "",
      "With one: rows, features, time rules in words, what is read and what is written. For feature views also "
          + "which intervals are missing or stale, and why, and how many files, bytes and rows they "
          + "read; for that, the run history and the state of the sources are looked at. With "
          + "--scoring or --latest: the same of those. Nothing is written.",
      "",
      "With --template: the tasks of every interval, with {{start}} and {{end}} in place of its times, "
          + "for an orchestrator that fills them in. Without Spark, and without a look at the past."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark plan",
      "  tidemark plan fraud.v1",
      "  tidemark plan --all --env prod",
      "  tidemark plan fraud.v1 --as-of 2024-06-01",
      "  tidemark plan customer_spend.v1 --start 2024-03-01 --end 2024-03-08",
      "  tidemark plan customer_spend.v1 --latest --as-of 2024-03-08",
      "  tidemark plan fraud.v1 --scoring --as-of 2024-03-08 --keys customers.csv",
      "  tidemark plan --all --template --out plan.json",
      "  tidemark plan --all --start '{{start}}' --end '{{end}}' --json"
    })
final class PlanCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Names names = new Names();
  @Mixin private AsOf asOf = new AsOf();
  @Mixin private Span span = new Span();
  @Mixin private Keys keys = new Keys();
  @Mixin private Who who = new Who();

  @Option(names = "--latest", description = "What `materialize --latest` would do, as of --as-of.")
  boolean latest;

  @Option(
      names = "--template",
      description = "The tasks of every interval; the same as --start '{{start}}' --end '{{end}}'.")
  boolean template;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write the tasks to a file too, as JSON that orchestrators read.")
  @Nullable Path out;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Project project = ProjectReader.read(common.project, common.environment);
    Graph graph = Graph.of(project.definitions());
    if (names.areNone()
        && asOf.instant == null
        && !span.isGiven()
        && !keys.scoring
        && !latest
        && !template
        && out == null) {
      registry(project, graph, report, spark);
      return;
    }
    List<String> chosen = names.orAll();
    if (template || span.isPlaceholder()) {
      everyInterval(project, graph, chosen, report);
      return;
    }
    Map<String, ReadEstimate> estimates = new HashMap<>();
    Plan plan = plan(project, graph, chosen, report, spark, estimates);
    new Admission(project, graph, who, report, spark)
        .policy(plan.tasks().stream().map(Admission::subject).distinct().toList());
    Map<String, Task> planned =
        plan.tasks().stream().collect(Collectors.toMap(Task::id, Function.identity()));
    List<Map<String, @Nullable Object>> tasks = new ArrayList<>();
    for (ScheduledTask scheduled :
        Schedule.of(
            plan,
            project.environment(),
            project.root(),
            span.isGiven() ? span.required().end() : null)) {
      Map<String, @Nullable Object> fields = PlanDocument.task(scheduled, project.environment());
      Task task = planned.get(scheduled.id());
      if (task != null) {
        fields.putAll(fields(task, estimates.get(task.id())));
      }
      tasks.add(fields);
    }
    tell(project, false, tasks, plan.notes(), PlanText.of(plan, estimates), report);
  }

  private void everyInterval(Project project, Graph graph, List<String> chosen, Report report) {
    if (asOf.instant != null
        || keys.scoring
        || latest
        || (template && span.isGiven() && !span.isPlaceholder())) {
      throw new RefusedException(
          Status.REFUSED,
          "a plan of every interval has no times: leave --start, --end, --as-of, --scoring and --latest out");
    }
    List<ScheduledTask> scheduled =
        Schedule.ofEveryInterval(graph, project.environment(), project.root(), chosen);
    List<Map<String, @Nullable Object>> tasks =
        scheduled.stream().map(task -> PlanDocument.task(task, project.environment())).toList();
    List<String> notes =
        scheduled.isEmpty()
            ? List.of("the project has no training set, and no feature view with `materialize`")
            : List.of();
    tell(project, true, tasks, notes, ScheduleText.of(scheduled), report);
  }

  private void tell(
      Project project,
      boolean everyInterval,
      List<Map<String, @Nullable Object>> tasks,
      List<String> notes,
      String text,
      Report report) {
    PlanDocument document =
        new PlanDocument(project, common.project.toString(), everyInterval, tasks, notes);
    Path file = out;
    if (file != null) {
      SummaryFile.writeWhole(file, document.toFile());
    }
    report.say(text.stripTrailing());
    if (file != null) {
      report.say("%n%d task%s to %s".formatted(tasks.size(), tasks.size() == 1 ? "" : "s", file));
    }
    report.document(document.withText(text));
  }

  private static void registry(Project project, Graph graph, Report report, Spark spark) {
    Applying applying = spark.applying(project, graph, report);
    Map<String, @Nullable Object> document = RegistryDocument.of(applying.table(), applying.diff());
    String text = RegistryWords.of(applying.diff());
    document.put("text", text);
    report.document(document);
    report.say(text);
    List<Problem> refusals = Applying.refusals(applying.diff());
    if (!refusals.isEmpty()) {
      throw new TaskFailure(ExitCode.DEFINITION, refusals, null);
    }
  }

  private Plan plan(
      Project project,
      Graph graph,
      List<String> chosen,
      Report report,
      Spark spark,
      Map<String, ReadEstimate> estimates) {
    KeysFile file = keys.keys();
    if ((keys.scoring ? 1 : 0) + (latest ? 1 : 0) + (span.isGiven() ? 1 : 0) > 1) {
      throw new RefusedException(
          Status.REFUSED,
          "--scoring, --latest, and --start with --end are different things: give one of them");
    }
    if (keys.scoring) {
      return Planner.score(graph, project.environment(), chosen, Keys.time(asOf), file);
    }
    if (latest) {
      History history =
          asOf.instant == null ? spark.open(project, graph, report).history() : History.NONE;
      return Planner.latest(graph, project.environment(), chosen, asOf.instant, history, false);
    }
    return span.isGiven()
        ? intervals(project, graph, chosen, report, spark, estimates)
        : Planner.build(graph, project.environment(), chosen, asOf.instant);
  }

  private Plan intervals(
      Project project,
      Graph graph,
      List<String> chosen,
      Report report,
      Spark spark,
      Map<String, ReadEstimate> estimates) {
    if (asOf.instant != null) {
      throw new RefusedException(
          Status.REFUSED, "--as-of is for training sets, --start and --end for feature views");
    }
    Interval interval = span.required();
    Plan whole = Planner.materialize(graph, project.environment(), chosen, interval);
    if (whole.tasks().isEmpty()) {
      return whole;
    }
    Runner runner = spark.open(project, graph, report);
    Plan plan =
        Planner.materialize(
            graph, project.environment(), chosen, interval, runner.history(), Redo.DUE, 1);
    for (Task task : plan.tasks()) {
      if (task instanceof Task.MaterializeInterval materialize) {
        estimate(materialize, runner, report, estimates);
      }
    }
    return plan;
  }

  /**
   * What can't be read yet may be there when it is run; the rest of the plan is told all the same.
   */
  private static void estimate(
      Task.MaterializeInterval task,
      Runner runner,
      Report report,
      Map<String, ReadEstimate> estimates) {
    try {
      estimates.put(task.id(), runner.estimate(task));
    } catch (TaskFailure failure) {
      if (failure.exitCode() != ExitCode.INPUT_NOT_READY) {
        throw failure;
      }
      report.warn("how much %s reads can't be told: %s".formatted(task.id(), failure.getMessage()));
    }
  }

  private static Map<String, @Nullable Object> fields(Task task, @Nullable ReadEstimate estimate) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    task.match(
        build -> {
          fields.put("training_set", build.trainingSet().trainingSet().ref().toString());
          fields.put("as_of", build.asOf() == null ? null : build.asOf().toString());
          fields.put("columns", build.trainingSet().columns());
          return fields;
        },
        materialize -> {
          fields.put("feature_view", materialize.view().view().ref().toString());
          fields.put("intervals", materialize.due().stream().map(PlanCommand::interval).toList());
          fields.put(
              "reads",
              estimate == null
                  ? null
                  : estimate.sources().stream()
                      .map(of -> size(of.source().toString(), of.size()))
                      .toList());
          fields.put("reads_total", estimate == null ? null : size(null, estimate.total()));
          return fields;
        },
        newest -> {
          fields.put("feature_view", newest.view().view().ref().toString());
          fields.put("as_of", newest.asOf().toString());
          return fields;
        },
        score -> {
          fields.put("training_set", score.trainingSet().trainingSet().ref().toString());
          fields.put("as_of", score.asOf().toString());
          fields.put("keys", score.keys() == null ? null : score.keys().location());
          fields.put("columns", score.trainingSet().columns());
          return fields;
        });
    fields.put("writes", task.targets().stream().map(PlanText::table).toList());
    return fields;
  }

  private static Map<String, @Nullable Object> size(
      @Nullable String source, ReadEstimate.@Nullable Size size) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    if (source != null) {
      fields.put("source", source);
    }
    fields.put("files", size == null ? null : size.files());
    fields.put("bytes", size == null ? null : size.bytes());
    fields.put("rows", size == null ? null : size.rows());
    return fields;
  }

  private static Map<String, String> interval(DueInterval due) {
    return Map.of(
        "start", due.interval().start().toString(),
        "end", due.interval().end().toString(),
        "reason", due.reason().name().toLowerCase(Locale.ROOT),
        "because", due.because());
  }
}
