package dev.tidemark.definition;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads `ready`, and refuses conditions that can never be told of their source. */
final class ReadyReader {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)}");

  private final Problems problems;
  private boolean right = true;

  ReadyReader(Problems problems) {
    this.problems = problems;
  }

  /** Null where there is no rule, or a wrong one, which has then been said. */
  @Nullable Ready read(@Nullable Node ready, Location location, TimeRules time) {
    if (ready == null) {
      return null;
    }
    Node partition = ready.get("partition");
    Node success = ready.get("success-file");
    Node rows = ready.get("rows");
    Node watermark = ready.get("watermark");
    if (partition != null) {
      if (!location.match(table -> false, ReadyReader::isPlain, query -> false)) {
        wrong(
            partition.keyOrigin(),
            "`partition` is for folders of parquet, csv or json files",
            "of a table or query the rows tell: watermark = event-time, or rows { min = 1, within = 1d }");
      }
      template(partition);
      if (!PLACEHOLDER.matcher(partition.text()).find()) {
        wrong(
            partition.origin(),
            "`%s` is the same folder at every time".formatted(partition.text()),
            "such as \"day={date}\", or \"{year}/{month}/{day}/{hour}\"");
      }
    }
    if (success != null) {
      if (!location.match(
          table -> false, files -> files.format() != Location.Format.JDBC, query -> false)) {
        wrong(
            success.keyOrigin(),
            "`success-file` is for sources with a path of files",
            "of a table or query the rows tell: watermark = event-time, or rows { min = 1, within = 1d }");
      }
      template(success);
    }
    Ready.AtLeast atLeast = rows == null ? null : rows(rows, time);
    Ready.Watermark mark = watermark == null ? null : watermark(watermark, ready, time);
    return right
        ? new Ready(
            ready.named("partition"), ready.named("success-file"), atLeast, mark, ready.keyOrigin())
        : null;
  }

  private static boolean isPlain(Location.Files files) {
    return switch (files.format()) {
      case PARQUET, CSV, JSON -> true;
      case DELTA, ICEBERG, JDBC -> false;
    };
  }

  private void template(Node template) {
    Matcher found = PLACEHOLDER.matcher(template.text());
    while (found.find()) {
      String name = found.group(1);
      if (!Ready.PLACEHOLDERS.contains(name)) {
        right = false;
        problems.addNearest(
            template.origin(), "no placeholder `{%s}`".formatted(name), name, Ready.PLACEHOLDERS);
      }
    }
    if (template.text().isBlank() || template.text().startsWith("/")) {
      wrong(
          template.origin(),
          "`%s` must be relative to the source's path".formatted(template.text()),
          "such as \"day={date}\", or \"_SUCCESS\"");
    }
  }

  private Ready.AtLeast rows(Node rows, TimeRules time) {
    Node min = rows.must("min");
    Node within = rows.get("within");
    long least = min.read(Scalar.INTEGER, Long.class);
    if (least < 1) {
      wrong(min.origin(), "`min` is %d, which always holds".formatted(least), "1 or more");
    }
    if (within != null && time.isStatic()) {
      wrong(
          within.keyOrigin(),
          "what is static has no event time, and so nothing is within %s".formatted(within.text()),
          "leave `within` out: all rows are counted");
    }
    return new Ready.AtLeast(least, rows.span("within"));
  }

  private Ready.Watermark watermark(Node watermark, Node ready, TimeRules time) {
    Ready.Watermark mark = new Ready.Watermark(watermark.sql(), ready.span("late"));
    if (mark.isEventTime() && time.eventTime() == null) {
      wrong(
          watermark.origin(),
          "what is static has no event time to reach T",
          "name a column that tells when it was loaded, such as watermark = loaded_at");
    }
    if (mark.isAvailableAt() && time.availableAt() == null) {
      wrong(
          watermark.origin(),
          "the source has no `available-at`",
          "add available-at, or write watermark = event-time, or a column");
    }
    return mark;
  }

  private void wrong(Origin origin, String what, String hint) {
    right = false;
    problems.add(origin, what, hint);
  }
}
