package dev.tidemark.plan;

import dev.tidemark.definition.ResourceName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a task will read of its sources, told by metadata alone: the files that are left when the
 * task's own filters have been held against partitions and statistics. A file counts once, however
 * often it is scanned.
 *
 * @param sources each once, in the order in which they are read
 * @param total of all tables and files together; a table that is two sources counts once
 */
public record ReadEstimate(List<Of> sources, Size total) {

  /**
   * How much it is.
   *
   * @param bytes as stored, whole files
   * @param rows in those files; null: the metadata do not say
   */
  public record Size(long files, long bytes, @Nullable Long rows) {
    /** Nothing at all. */
    public static final Size NOTHING = new Size(0, 0, 0L);

    /** Both together. */
    public Size and(Size other) {
      return new Size(
          files + other.files,
          bytes + other.bytes,
          rows == null || other.rows == null ? null : Long.valueOf(rows + other.rows));
    }
  }

  /**
   * Of one source.
   *
   * @param size null: it has no files that could be counted, such as a table of a database
   */
  public record Of(ResourceName source, @Nullable Size size) {}

  public ReadEstimate {
    sources = List.copyOf(sources);
  }
}
