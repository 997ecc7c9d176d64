package dev.tidemark.jobs;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Where a command prints, and who reads it.
 *
 * @param out results, and the line of JSON
 * @param err everything else
 * @param outIsTerminal true if a person reads {@code out}
 * @param errIsTerminal true if a person reads {@code err}: only then there are progress bars
 * @param columns how wide a person's terminal is
 * @param colours true if a person's terminal may be sent colours
 */
record Terminal(
    PrintStream out,
    PrintStream err,
    boolean outIsTerminal,
    boolean errIsTerminal,
    int columns,
    boolean colours) {

  /** The width where nobody tells, so that what goes to a file is the same everywhere. */
  static final int DEFAULT_COLUMNS = 100;

  /** The process's own, as the launcher describes it; without a launcher nobody is looking. */
  static Terminal ofProcess(Map<String, String> environment) {
    boolean outIsTerminal = Boolean.getBoolean("tidemark.terminal.out");
    return new Terminal(
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        outIsTerminal,
        Boolean.getBoolean("tidemark.terminal.err"),
        Math.max(40, Integer.getInteger("tidemark.terminal.columns", DEFAULT_COLUMNS)),
        outIsTerminal && environment.getOrDefault("NO_COLOR", "").isEmpty());
  }
}
