package dev.tidemark.plan;

import dev.tidemark.definition.Ready;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A `ready` rule as sentences without full stops. */
final class ReadyWords {
  private ReadyWords() {}

  /** None where there is no rule. */
  static List<String> of(@Nullable Ready ready) {
    List<String> lines = new ArrayList<>();
    if (ready == null) {
      return lines;
    }
    if (ready.partition() != null) {
      lines.add(
          "ready for T when the folder %s of the last instant before T has a file"
              .formatted(ready.partition()));
    }
    if (ready.successFile() != null) {
      lines.add("ready for T when the file %s is there".formatted(ready.successFile()));
    }
    Ready.AtLeast rows = ready.rows();
    if (rows != null) {
      lines.add(
          "ready for T when it has %,d rows or more %s"
              .formatted(
                  rows.min(),
                  rows.within() == null ? "before T" : "in [T - %s, T)".formatted(rows.within())));
    }
    Ready.Watermark watermark = ready.watermark();
    if (watermark != null) {
      lines.add(
          "ready for T when the greatest %s is at or after T%s"
              .formatted(watermark.of(), watermark.late() == null ? "" : " - " + watermark.late()));
    }
    return lines;
  }
}
