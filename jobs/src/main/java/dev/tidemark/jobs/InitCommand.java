package dev.tidemark.jobs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/** Writes a first project. */
@CommandLine.Command(
    name = "init",
    description = {
      "Write a small project that can be built at once.",
      "",
      "It has definitions with comments, an environment and a little data. Nothing that is there is "
          + "overwritten."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  tidemark init --project shop", "  tidemark build fraud.v1 --project shop"})
final class InitCommand implements Command {
  /** Files of the project, in the order in which to read them; resources below {@code init/}. */
  private static final List<String> FILES =
      List.of(
          "definitions/shop.conf",
          "env/local.conf",
          "data/payments.csv",
          "data/disputes.csv",
          ".gitignore");

  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    Path folder = common.folder();
    List<String> there = FILES.stream().filter(file -> Files.exists(folder.resolve(file))).toList();
    if (!there.isEmpty()) {
      throw new RefusedException(
          Status.REFUSED,
          "%s is there already in %s: nothing was written; choose another folder with --project"
              .formatted(String.join(", ", there), folder));
    }
    try {
      for (String file : FILES) {
        write(folder.resolve(file), content(file));
      }
    } catch (FileSystemException e) {
      throw new RefusedException(
          Status.FAILED, "can't write %s: %s".formatted(e.getFile(), reason(e)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    report.document(Map.of("folder", folder.toString(), "files", FILES));
    report.say("A project in " + folder);
    FILES.forEach(file -> report.say("  " + file));
    report.say("");
    report.say("Next: tidemark build fraud.v1 --project " + common.project);
  }

  private static void write(Path file, byte[] content) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, content, StandardOpenOption.CREATE_NEW);
  }

  /** A resource whose name starts with a dot is left out of some archives: it has none there. */
  private static byte[] content(String file) throws IOException {
    String name = "init/" + (file.startsWith(".") ? file.substring(1) : file);
    try (InputStream in = InitCommand.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      return in.readAllBytes();
    }
  }

  private static String reason(FileSystemException e) {
    String reason = e.getReason();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }
}
