package dev.tidemark.jobs.dagster;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Where messages go, one a line. */
interface Channel {

  void write(String line) throws IOException;

  /** No more messages come. */
  default void close() throws IOException {}

  /**
   * The channel that Dagster's message reader asks for.
   *
   * @param out the process's stdout
   * @param err the process's stderr
   * @throws IOException if it asks for one that is not known here
   */
  static Channel of(JsonNode parameters, PrintStream out, PrintStream err) throws IOException {
    if (parameters.path("path").isTextual()) {
      return new File(Path.of(parameters.path("path").asText()));
    }
    if (parameters.has("stdio")) {
      return new Stream(stream(parameters.path("stdio"), out, err));
    }
    if (parameters.has("buffered_stdio")) {
      return new Buffered(stream(parameters.path("buffered_stdio"), out, err));
    }
    List<String> names = new ArrayList<>();
    parameters.fieldNames().forEachRemaining(names::add);
    throw new IOException(
        "its message reader asks for `%s`, and only `path`, `stdio` and `buffered_stdio` are known: use PipesTempFileMessageReader or PipesFileMessageReader"
            .formatted(String.join("`, `", names)));
  }

  private static PrintStream stream(JsonNode name, PrintStream out, PrintStream err)
      throws IOException {
    return switch (name.asText()) {
      case "stdout" -> out;
      case "stderr" -> err;
      default -> throw new IOException("no stream `%s`".formatted(name.asText()));
    };
  }

  /** A file that Dagster follows: opened for each message, so that it may be on any mount. */
  record File(Path path) implements Channel {
    @Override
    public void write(String line) throws IOException {
      Files.writeString(
          path,
          line + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  /** A stream, among whatever else goes there. */
  record Stream(PrintStream to) implements Channel {
    @Override
    public void write(String line) {
      to.println(line);
      to.flush();
    }
  }

  /** A stream, all messages at the end. */
  final class Buffered implements Channel {
    private final PrintStream to;
    private final List<String> lines = new ArrayList<>();

    Buffered(PrintStream to) {
      this.to = to;
    }

    @Override
    public void write(String line) {
      lines.add(line);
    }

    @Override
    public void close() {
      lines.forEach(to::println);
      to.flush();
      lines.clear();
    }
  }
}
