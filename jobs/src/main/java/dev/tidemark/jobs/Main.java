package dev.tidemark.jobs;

import dev.tidemark.jobs.dagster.Pipes;
import dev.tidemark.run.Sessions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The command line, from the launcher and under {@code spark-submit} alike.
 *
 * <p>Results go to stdout and end with one line of JSON ({@link Summary}); everything else goes to
 * stderr. The exit code is that of {@link Status}.
 */
public final class Main {
  private final Terminal terminal;
  private final Cancellation cancellation;
  private final Spark spark;
  private final ConcurrentLinkedQueue<String> warnings = new ConcurrentLinkedQueue<>();
  private final Pipes dagster;
  private final Map<String, String> environment;
  private final BiConsumer<Console, Boolean> takeOver;
  private final AtomicBoolean ended = new AtomicBoolean();

  /** For tests: nothing of this process is changed. */
  Main(Terminal terminal, Cancellation cancellation, Spark spark) {
    this(terminal, cancellation, spark, Map.of());
  }

  /**
   * For tests: nothing of this process is changed.
   *
   * @param environment variables, of the log's format and of where an orchestrator is told
   */
  Main(Terminal terminal, Cancellation cancellation, Spark spark, Map<String, String> environment) {
    this(terminal, cancellation, spark, environment, (console, debug) -> {});
  }

  /**
   * @param takeOver is told of the console if it takes JSON, and whether more is to be told
   */
  Main(
      Terminal terminal,
      Cancellation cancellation,
      Spark spark,
      Map<String, String> environment,
      BiConsumer<Console, Boolean> takeOver) {
    this.terminal = terminal;
    this.cancellation = cancellation;
    this.spark = spark;
    this.environment = environment;
    this.takeOver = takeOver;
    this.dagster = Pipes.open(environment, terminal.out(), terminal.err(), warnings::add);
  }

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    Terminal terminal = Terminal.ofProcess(System.getenv());
    // Whatever a library prints is chatter; stdout is for results.
    System.setOut(terminal.err());
    Cancellation cancellation = new Cancellation();
    cancellation.listen();
    Spark spark =
        new Spark(new StartingSpark(Sessions::open, cancellation), cancellation, System.getenv());
    Main main = new Main(terminal, cancellation, spark, System.getenv(), Logging::takeOver);
    int code = main.run(Arrays.asList(args));
    boolean orderly = cancellation.told();
    // A cluster takes the end of `main` for success, and any call of `exit` for a failure.
    if (orderly && (code != 0 || Boolean.getBoolean("tidemark.launcher"))) {
      System.exit(code);
    }
  }

  /** Runs one command and returns its exit code. */
  int run(List<String> args) {
    long start = System.nanoTime();
    CommandLine root = Commands.create(terminal);
    LogFormat format;
    try {
      format = LogFormat.of(args, environment);
    } catch (RefusedException wrong) {
      try (Console console = new Console(terminal, LogFormat.TEXT)) {
        return end(Summary.ofArguments(args, root, Failure.of(wrong), start), console);
      }
    }
    try (Console console = new Console(terminal, format)) {
      return run(args, root, console, start);
    }
  }

  private int run(List<String> args, CommandLine root, Console console, long start) {
    ParseResult parsed;
    try {
      parsed = root.parseArgs(args.toArray(String[]::new));
    } catch (ParameterException wrong) {
      Failure failure = Failure.of(wrong);
      return end(Summary.ofArguments(args, wrong.getCommandLine(), failure, start), console);
    }
    Integer helped = CommandLine.executeHelpRequest(parsed);
    if (helped != null) {
      terminal.out().flush();
      return helped;
    }
    List<CommandLine> path = parsed.asCommandLineList();
    CommandLine leaf = path.get(path.size() - 1);
    if (leaf.getCommandSpec().userObject() instanceof CompletionCommand completion) {
      completion.print(root, terminal.out());
      return 0;
    }
    if (!(leaf.getCommandSpec().userObject() instanceof Command command)) {
      Failure none = Failure.of(Status.REFUSED, "no command given", "see `tidemark --help`");
      return end(Summary.ofArguments(args, leaf, none, start), console);
    }
    CommonOptions common = command.common();
    Report report = new Report(terminal, common.json, console, dagster);
    console.begin(leaf.getCommandName(), report::open);
    warn(report);
    Failure failure = null;
    cancellation.elseTell(
        () ->
            end(
                Summary.of(
                    args,
                    leaf,
                    common,
                    report,
                    Failure.of(Status.CANCELLED, "cancelled", ""),
                    start),
                console));
    try {
      Logging.configure(common.debug);
      if (console.format() == LogFormat.JSON) {
        takeOver.accept(console, common.debug);
      }
      command.run(report, spark);
    } catch (Throwable thrown) {
      // All end here, Scala's undeclared ones too: each is told as one sentence, not as a stack
      // trace.
      failure =
          cancellation.isAsked()
              ? Failure.of(Status.CANCELLED, "cancelled", "")
              : Failure.of(thrown).told(report::open);
      if (common.debug) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        console.trace(trace.toString());
      }
    }
    warn(report);
    return end(Summary.of(args, leaf, common, report, failure, start), console);
  }

  /** What was to mind about telling Dagster. */
  private void warn(Report report) {
    for (String warning = warnings.poll(); warning != null; warning = warnings.poll()) {
      report.warn(warning);
    }
  }

  /** Tells how it ended: the error on stderr, the JSON in the summary file and as the last line. */
  private int end(Summary summary, Console console) {
    if (!ended.compareAndSet(false, true)) {
      return summary.status().exitCode();
    }
    Failure failure = summary.failure();
    if (failure != null) {
      console.error(failure);
    }
    Summary last = summary;
    String file = summary.file();
    if (file != null) {
      Failure unwritten = SummaryFile.write(file, summary.toJson());
      if (unwritten != null) {
        console.error(unwritten);
        last = failure == null ? summary.failedBy(unwritten) : summary;
      }
    }
    dagster.close(last.fields(), last.failed());
    warnings.forEach(console::warn);
    console.end(last);
    console.clear();
    terminal.out().println(last.toJson());
    terminal.out().flush();
    return last.status().exitCode();
  }
}
