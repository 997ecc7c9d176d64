package dev.tidemark.jobs.export;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the one who asks for a file wants in it.
 *
 * @param schedule a cron expression, when to run; null: by the plan's views
 * @param start nothing is scheduled before; null: the first tick of the plan's views
 * @param image a container's image that has Tidemark; null: none is named
 * @param command how Tidemark is called, a word each
 * @param folder the project's absolute folder on this machine
 */
public record Settings(
    @Nullable String schedule,
    @Nullable Instant start,
    @Nullable String image,
    List<String> command,
    String folder) {
  public Settings {
    command = List.copyOf(command);
    if (schedule != null && !schedule.strip().matches("(\\S+\\s+){4}\\S+")) {
      throw new ExportException(
          "--schedule is a cron expression of five fields, such as \"0 6 * * *\": `%s`"
              .formatted(schedule));
    }
    if (command.isEmpty()) {
      throw new ExportException(
          "--command is how Tidemark is called, such as /opt/tidemark/bin/tidemark");
    }
  }
}
