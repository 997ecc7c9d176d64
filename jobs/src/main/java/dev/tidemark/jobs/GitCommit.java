package dev.tidemark.jobs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a folder is in Git. */
final class GitCommit {
  private GitCommit() {}

  /**
   * The commit that is checked out, followed by {@code +} if files of the folder differ from it.
   *
   * @return null without Git, or outside of a repository
   */
  static @Nullable String of(Path folder) {
    String commit = git(folder, "rev-parse", "HEAD");
    if (commit == null || commit.isBlank()) {
      return null;
    }
    String changes = git(folder, "status", "--porcelain", "--", ".");
    return commit.strip() + (changes == null || changes.isBlank() ? "" : "+");
  }

  private static @Nullable String git(Path folder, String... arguments) {
    List<String> command = new ArrayList<>(List.of("git", "-C", folder.toString()));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0 ? said : null;
    } catch (IOException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}
