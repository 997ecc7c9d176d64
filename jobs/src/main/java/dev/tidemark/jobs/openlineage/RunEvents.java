package dev.tidemark.jobs.openlineage;

import dev.tidemark.definition.About;
import dev.tidemark.definition.LineageEvents;
import dev.tidemark.definition.Project;
import dev.tidemark.plan.Dependencies;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Task;
import dev.tidemark.run.Runner;
import dev.tidemark.run.TaskFailure;
import dev.tidemark.run.TaskReport;
import dev.tidemark.run.Trace;
import io.openlineage.client.OpenLineage;
import io.openlineage.client.OpenLineage.RunEvent.EventType;
import io.openlineage.client.utils.UUIDUtils;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Tells of the tasks of one command: of each a START, and then a COMPLETE, a FAIL, or an ABORT
 * where somebody ended it. Of several tasks the command is the parent, with events of its own.
 *
 * <p>Nothing here throws, whatever becomes of an event.
 */
public final class RunEvents {
  private static final String NAMESPACE = "tidemark";
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  /** Who tells a process to end kills it a little later. */
  private static final Duration WAIT_WHEN_ENDED = Duration.ofSeconds(5);

  /**
   * What a command is.
   *
   * @param name such as {@code build}
   * @param version Tidemark's
   * @param variables the process's environment
   * @param isEnded whether somebody told it to end
   * @param words why something failed, as it may be told
   * @param open a text as it may be told
   * @param warn takes what is to be minded
   */
  public record Command(
      String name,
      Project project,
      Graph graph,
      String version,
      Map<String, String> variables,
      BooleanSupplier isEnded,
      Function<Throwable, String> words,
      UnaryOperator<String> open,
      Consumer<String> warn) {}

  private final Command command;
  private final Runner runner;
  private final @Nullable Emitter emitter;
  private final String namespace;
  private final @Nullable Parent above;
  private @Nullable CommandRun whole;

  /** Opens nothing yet: what there is to do for the first event is done on another thread. */
  public RunEvents(Command command, Runner runner) {
    this.command = command;
    this.runner = runner;
    LineageEvents settings = command.project().environment().lineage();
    String said = settings.namespace();
    String variable = command.variables().getOrDefault("OPENLINEAGE_NAMESPACE", "");
    this.namespace = said != null ? said : variable.isBlank() ? NAMESPACE : variable;
    this.emitter =
        Channel.of(settings, command.variables(), () -> files(settings))
            .map(Emitter::new)
            .orElse(null);
    this.above =
        emitter == null ? null : Parent.of(command.variables(), command.warn()).orElse(null);
  }

  private LineageFiles files(LineageEvents settings) {
    String said = settings.location();
    String folder = said == null ? runner.besideTables() + "/_lineage" : said;
    boolean relative = !folder.matches("[a-zA-Z][a-zA-Z0-9+.-]*:/.*");
    return new LineageFiles(
        runner.files(),
        relative ? command.project().root().resolve(folder).toString() : folder,
        command.open());
  }

  /** All that events are made with; made once, on the emitter's thread. */
  private final class Making {
    private final Facets facets =
        new Facets(new OpenLineage(URI.create("urn:tidemark:" + command.version())));
    private final Places places =
        new Places(command.project().root(), runner::setting, command.open(), namespace);
  }

  private @Nullable Making making;

  private Making making() {
    Making made = making;
    if (made == null) {
      made = new Making();
      making = made;
    }
    return made;
  }

  private void send(Supplier<OpenLineage.RunEvent> event) {
    if (emitter != null) {
      emitter.send(event);
    }
  }

  private String job(String name) {
    return String.join(
        ".",
        String.valueOf(command.project().root().getFileName()),
        command.project().environment().name(),
        name);
  }

  /** The command begins. */
  public void begin(List<Task> tasks) {
    if (tasks.size() > 1 && emitter != null) {
      whole = new CommandRun();
      whole.send(EventType.START, null);
    }
  }

  /**
   * The command has come to its end: whoever calls waits until all is sent, though not for long.
   *
   * @param failure null: all tasks are done
   */
  public void end(@Nullable Throwable failure) {
    if (emitter == null) {
      return;
    }
    if (whole != null) {
      whole.send(failure == null ? EventType.COMPLETE : failed(), failure);
    }
    emitter
        .close(command.isEnded().getAsBoolean() ? WAIT_WHEN_ENDED : LONGEST_WAIT)
        .ifPresent(
            why ->
                command
                    .warn()
                    .accept(
                        "lineage events are missing, though nothing else is: " + withoutKey(why)));
  }

  /** An error of a server may repeat what it was asked with. */
  private String withoutKey(String text) {
    String key = command.variables().getOrDefault("OPENLINEAGE_API_KEY", "");
    return key.isBlank() ? text : text.replace(key, "***");
  }

  private EventType failed() {
    return command.isEnded().getAsBoolean() ? EventType.ABORT : EventType.FAIL;
  }

  /** A task begins. */
  public TaskRun start(Task task) {
    TaskRun run = new TaskRun(task);
    run.send(EventType.START, null, null);
    return run;
  }

  private OpenLineage.RunFacetsBuilder runFacets(
      Facets facets, @Nullable Parent parent, @Nullable String error) {
    OpenLineage.RunFacetsBuilder made =
        facets
            .openLineage()
            .newRunFacetsBuilder()
            .processing_engine(
                facets
                    .openLineage()
                    .newProcessingEngineRunFacet(
                        runner.sparkVersion(), Facets.ENGINE, command.version()));
    if (parent != null) {
      made.parent(facets.parent(parent));
    }
    if (error != null) {
      made.errorMessage(facets.openLineage().newErrorMessageRunFacet(error, "JAVA", null));
    }
    return made;
  }

  /** A run of all tasks. */
  private final class CommandRun {
    private final UUID id = UUIDUtils.generateNewUUID();
    private final String job = job(command.name());

    void send(EventType type, @Nullable Throwable failure) {
      Instant at = Instant.now();
      String error = failure == null ? null : command.words().apply(failure);
      RunEvents.this.send(
          () -> {
            Facets facets = making().facets;
            return facets.event(
                at,
                type,
                id,
                runFacets(facets, above, error).tags(facets.tags(environment())),
                namespace,
                job,
                facets.job("COMMAND", About.NOTHING),
                List.of(),
                List.of());
          });
    }
  }

  private Map<String, String> environment() {
    return Map.of("environment", command.project().environment().name());
  }

  /** A run of one task. */
  public final class TaskRun {
    private final UUID id = UUIDUtils.generateNewUUID();
    private final Task task;
    private final Subject subject;
    private final String job;
    private final @Nullable Parent parent;
    private @Nullable Supplier<Trace> trace;

    private TaskRun(Task task) {
      this.task = task;
      this.subject = Subject.of(task, command.graph());
      this.job = job(subject.job());
      CommandRun all = whole;
      Parent.Run command = all == null ? null : new Parent.Run(namespace, all.job, all.id);
      this.parent =
          command == null ? above : new Parent(command, above == null ? command : above.root());
    }

    /** Takes what tells of what the task was made, for when it is done. */
    public void traced(Supplier<Trace> told) {
      trace = told;
    }

    /** It is done. */
    public void complete(TaskReport report) {
      send(EventType.COMPLETE, report, null);
    }

    /** It failed, or somebody ended it. */
    public void fail(Throwable failure) {
      send(failed(), null, failure);
    }

    private void send(EventType type, @Nullable TaskReport report, @Nullable Throwable failure) {
      Instant at = Instant.now();
      String error = failure == null ? null : command.words().apply(failure);
      Supplier<Trace> told = trace;
      List<Trace.Check> refused = failure instanceof TaskFailure known ? known.checks() : List.of();
      RunEvents.this.send(() -> event(at, type, report, error, refused, told));
    }

    private OpenLineage.RunEvent event(
        Instant at,
        EventType type,
        @Nullable TaskReport report,
        @Nullable String error,
        List<Trace.Check> refused,
        @Nullable Supplier<Trace> told) {
      Facets facets = making().facets;
      TaskDatasets datasets =
          new TaskDatasets(facets, making().places, runner, command.graph(), task, subject);
      Optional<Trace> trace = Optional.ofNullable(told).map(Supplier::get);
      List<Trace.Check> checks = trace.map(Trace::checks).orElse(refused);
      TaskDatasets.Done done =
          report == null || trace.isEmpty() ? null : datasets.new Done(trace.get(), report);
      return facets.event(
          at,
          type,
          id,
          runFacets(facets, report, checks, error),
          namespace,
          job,
          jobFacets(facets, datasets),
          done == null ? datasets.inputs(checks) : done.inputs(),
          done == null ? datasets.outputs() : done.outputs());
    }

    private OpenLineage.RunFacetsBuilder runFacets(
        Facets facets,
        @Nullable TaskReport report,
        List<Trace.Check> checks,
        @Nullable String error) {
      OpenLineage openLineage = facets.openLineage();
      OpenLineage.RunFacetsBuilder made = RunEvents.this.runFacets(facets, parent, error);
      if (subject.interval() != null) {
        made.nominalTime(
            openLineage.newNominalTimeRunFacet(
                Facets.time(subject.interval().start()), Facets.time(subject.interval().end())));
      } else {
        Instant asOf = report != null && report.asOf() != null ? report.asOf() : subject.asOf();
        if (asOf != null) {
          made.nominalTime(openLineage.newNominalTimeRunFacet(Facets.time(asOf), null));
        }
      }
      if (!checks.isEmpty()) {
        made.test(openLineage.newTestRunFacet(checks.stream().map(facets::test).toList()));
      }
      return made.tags(facets.tags(tags(report)));
    }

    private Map<String, String> tags(@Nullable TaskReport report) {
      Map<String, String> tags = new LinkedHashMap<>(environment());
      tags.put("task", task.id());
      tags.put("tidemark_run_id", runner.runId());
      tags.put("definition_hash", subject.fingerprint().sha256());
      if (report != null) {
        if (report.manifest() != null) {
          tags.put("manifest", command.open().apply(report.manifest()));
        }
        tags.put("rows", String.valueOf(report.rows()));
        tags.put("left_out", String.valueOf(report.leftOut()));
      }
      return tags;
    }

    private OpenLineage.JobFacetsBuilder jobFacets(Facets facets, TaskDatasets datasets) {
      OpenLineage.JobFacetsBuilder made = facets.job("TASK", subject.resource().about());
      made.sourceCode(
          facets.source(
              command.graph().definitions().texts().of(Dependencies.of(command.graph(), task))));
      Subject.query(datasets.upstream())
          .ifPresent(query -> made.sql(facets.openLineage().newSQLJobFacet(query, "spark")));
      return made;
    }
  }
}
