package dev.tidemark.jobs;

import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;

/** All commands. */
@CommandLine.Command(
    name = "tidemark",
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Builds point-in-time-correct training sets and offline tables from feature definitions, on "
          + "Apache Spark."
    },
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark init --project shop               a first project, with data of its own",
      "  tidemark validate --project shop           check it against its data",
      "  tidemark build fraud.v1 --project shop     build a training set, and look at it",
      "",
      "`tidemark COMMAND --help` tells more. The last line on stdout is one line of JSON.",
      "Exit codes: 0 done, 1 internal error, 2 usage or definition error, 3 a gate failed,",
      "4 an input is not ready (retry), 5 commit conflict (retry)."
    })
final class Commands {
  /** The rest of the design's commands; each moves up when it works. */
  private static final Map<String, String> LATER = later();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version.")
  boolean version;

  private Commands() {}

  /** The whole command line, printing help to a terminal. */
  static CommandLine create(Terminal terminal) {
    CommandLine root = new CommandLine(new Commands());
    List.of(
            new InitCommand(),
            new ValidateCommand(),
            new TestCommand(),
            new PlanCommand(),
            new ApplyCommand(),
            new BuildCommand(),
            new MaterializeCommand(),
            new RebuildCommand(),
            new MaintainCommand(),
            new AwaitCommand(),
            new ReadCommand(),
            new DeprecateCommand(),
            new DeleteCommand(),
            new AuditCommand(),
            new ListCommand(),
            new SearchCommand(),
            new ShowCommand(),
            new LineageCommand(),
            new DocsCommand(),
            new ExportCommand(),
            new CompletionCommand())
        .forEach(root::addSubcommand);
    LATER.forEach((name, description) -> root.addSubcommand(name, laterSpec(name, description)));
    root.setUsageHelpWidth(Math.min(120, Math.max(80, terminal.columns())));
    root.setColorScheme(
        CommandLine.Help.defaultColorScheme(terminal.colours() ? Ansi.ON : Ansi.OFF));
    root.setOut(
        new PrintWriter(new OutputStreamWriter(terminal.out(), StandardCharsets.UTF_8), true));
    root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, help -> "");
    root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, Commands::commandList);
    root.registerConverter(Instant.class, Instants::parse);
    root.registerConverter(Span.Bound.class, Span.Bound::parse);
    root.registerConverter(LogFormat.class, LogFormat::parse);
    return root;
  }

  private static CommandSpec laterSpec(String name, String description) {
    CommandSpec spec = CommandSpec.forAnnotatedObject(new LaterCommand(name));
    spec.name(name);
    spec.usageMessage()
        .description(description, "", "Not supported yet: it ends with exit code 2.")
        .footerHeading("%nExamples:%n")
        .footer("  none yet");
    // Whatever it is asked with: the answer is that it is not there, not that an option is wrong.
    spec.parser().unmatchedArgumentsAllowed(true);
    return spec;
  }

  /** Two lists: what works, and what is to come. */
  private static String commandList(CommandLine.Help help) {
    Map<String, CommandLine.Help> all = help.subcommands();
    if (all.isEmpty()) {
      return "";
    }
    StringBuilder out = new StringBuilder(String.format("%nCommands:%n"));
    out.append(table(help, all, false));
    out.append(String.format("%nNot supported yet:%n"));
    out.append(table(help, all, true));
    return out.toString();
  }

  private static String table(
      CommandLine.Help help, Map<String, CommandLine.Help> all, boolean later) {
    int width = help.commandSpec().usageMessage().width();
    int names = all.keySet().stream().mapToInt(String::length).max().orElse(0) + 4;
    TextTable table =
        TextTable.forColumns(
            help.colorScheme(),
            new Column(names, 2, Overflow.SPAN),
            new Column(width - names, 2, Overflow.WRAP));
    all.forEach(
        (name, command) -> {
          if (LATER.containsKey(name) == later) {
            String[] description = command.commandSpec().usageMessage().description();
            table.addRowValues(name, description.length == 0 ? "" : description[0]);
          }
        });
    return table.toString();
  }

  private static Map<String, String> later() {
    Map<String, String> later = new LinkedHashMap<>();
    later.put("explain", "Show how one value came about.");
    later.put("verify", "Check built tables against their definitions.");
    later.put("diff", "Compare two variants, or the definitions with the registry.");
    later.put("stats", "Describe the values of a built table.");
    return later;
  }
}
