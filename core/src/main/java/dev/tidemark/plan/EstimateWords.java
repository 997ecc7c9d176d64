package dev.tidemark.plan;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells how much is read, for people. */
final class EstimateWords {
  private static final List<String> UNITS = List.of("kB", "MB", "GB", "TB", "PB", "EB");

  private EstimateWords() {}

  static List<String> of(ReadEstimate estimate) {
    List<String> lines = new ArrayList<>();
    estimate.sources().forEach(source -> lines.add(source.source() + ": " + words(source.size())));
    if (estimate.sources().size() > 1) {
      lines.add("in all: " + words(estimate.total()));
    }
    lines.add("told by metadata; whole files, each once, though it may be scanned more often");
    return lines;
  }

  private static String words(ReadEstimate.@Nullable Size size) {
    if (size == null) {
      return "not known: it has no files that could be counted";
    }
    return "%,d %s, %s, %s"
        .formatted(
            size.files(),
            size.files() == 1 ? "file" : "files",
            bytes(size.bytes()),
            size.rows() == null ? "rows not known" : "%,d rows".formatted(size.rows()));
  }

  /** With three digits at most: 999 bytes, 12.3 kB. */
  static String bytes(long bytes) {
    if (bytes < 1_000) {
      return bytes + " bytes";
    }
    double left = bytes / 1_000.0;
    int unit = 0;
    // What would be rounded to a thousand is one of the next unit.
    while (left >= 999.95 && unit < UNITS.size() - 1) {
      left /= 1_000;
      unit++;
    }
    return String.format(java.util.Locale.ROOT, "%.1f %s", left, UNITS.get(unit));
  }
}
