package dev.tidemark.jobs.openlineage;

import dev.tidemark.run.SmallFiles;
import io.openlineage.client.OpenLineage;
import io.openlineage.client.OpenLineageClientException;
import io.openlineage.client.OpenLineageClientUtils;
import io.openlineage.client.transports.Transport;
import java.io.IOException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * One file a run, {@code FOLDER/DATE/RUN.jsonl}, by the date on which it began, an event a line.
 *
 * <p>A file a run, since object stores add to no file, and so that nobody waits for anybody: a run
 * has few events, and its file is written whole with each.
 */
final class LineageFiles extends Transport {
  private final SmallFiles files;
  private final String folder;
  private final UnaryOperator<String> open;
  private final Map<UUID, Lines> lines = new HashMap<>();

  private record Lines(String file, StringBuilder text) {}

  /**
   * @param folder a path or URI
   * @param open a text as it may be told
   */
  LineageFiles(SmallFiles files, String folder, UnaryOperator<String> open) {
    this.files = files;
    this.folder = folder.replaceAll("/+$", "");
    this.open = open;
  }

  @Override
  public synchronized void emit(OpenLineage.RunEvent event) {
    UUID run = event.getRun().getRunId();
    LocalDate date = event.getEventTime().withZoneSameInstant(ZoneOffset.UTC).toLocalDate();
    Lines so =
        lines.computeIfAbsent(
            run,
            any -> new Lines("%s/%s/%s.jsonl".formatted(folder, date, run), new StringBuilder()));
    so.text().append(open.apply(OpenLineageClientUtils.toJson(event))).append('\n');
    if (event.getEventType() != OpenLineage.RunEvent.EventType.START) {
      lines.remove(run);
    }
    try {
      files.write(so.file(), so.text().toString());
    } catch (IOException e) {
      throw new OpenLineageClientException("can't write " + so.file(), e);
    }
  }

  @Override
  public void close() {
    // Every file was closed when it was written.
  }

  @Override
  public void emit(OpenLineage.DatasetEvent event) {
    throw new UnsupportedOperationException("runs only");
  }

  @Override
  public void emit(OpenLineage.JobEvent event) {
    throw new UnsupportedOperationException("runs only");
  }
}
