package dev.tidemark.jobs;

import java.io.PrintStream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints a script for the shell, and nothing else. */
@CommandLine.Command(
    name = "completion",
    description = "Print a script that completes commands and options in bash and zsh.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(tidemark completion bash)",
      "  tidemark completion zsh > ~/.zsh/tidemark && echo 'source ~/.zsh/tidemark' >> ~/.zshrc"
    })
final class CompletionCommand {

  /** The shells that the script is for. */
  enum Shell {
    bash,
    zsh
  }

  @Parameters(
      arity = "0..1",
      paramLabel = "SHELL",
      description = "bash or zsh; the script serves both.")
  Shell shell = Shell.bash;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  void print(CommandLine root, PrintStream out) {
    out.print(AutoComplete.bash("tidemark", root));
    out.flush();
  }
}
