package dev.tidemark.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Results as tables to read. */
final class Report {
  private static final List<String> HEADER =
      List.of("formulation", "median", "min-max", "tidemark / it", "spine rows/s", "same rows");

  private final Results results;

  Report(Results results) {
    this.results = results;
  }

  /** In columns, for a terminal. */
  String text() {
    return setting()
        + "\n"
        + results.cells().stream().map(this::text).collect(Collectors.joining());
  }

  /** As Markdown. */
  String markdown() {
    return setting()
        + "\n"
        + results.cells().stream().map(this::markdown).collect(Collectors.joining());
  }

  private String setting() {
    Results.Setting setting = results.setting();
    Grid grid = results.grid();
    return """
        %s, %d threads of %d, heap %d MB, Java %s, Spark %s, DuckDB %s; %s
        %,d events, %,d spine rows, skew %s, %d partitions; median of %d runs after %d; results to %s
        """
        .formatted(
            setting.machine(),
            grid.threads(),
            setting.processors(),
            setting.heapMegabytes(),
            setting.java(),
            setting.spark(),
            setting.duckdb(),
            setting.at(),
            grid.events(),
            grid.spine(),
            grid.skew(),
            grid.partitions(),
            grid.runs(),
            grid.warmUp(),
            grid.sink().label());
  }

  private String text(Cell cell) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(HEADER);
    cell.times().forEach(times -> lines.add(line(cell, times)));
    int[] widths = new int[HEADER.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder("\n").append(title(cell)).append('\n');
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        String padding = " ".repeat(widths[i] - line.get(i).length());
        text.append(i == 0 ? line.get(i) + padding : "  " + padding + line.get(i));
      }
      text.append('\n');
    }
    cell.bars().forEach(bar -> text.append("bar: ").append(bar(bar)).append('\n'));
    return text.toString();
  }

  private String markdown(Cell cell) {
    StringBuilder text = new StringBuilder("\n**" + title(cell) + "**\n\n");
    text.append(HEADER.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
    text.append("|---|").append("---:|".repeat(HEADER.size() - 1)).append('\n');
    cell.times()
        .forEach(
            times ->
                text.append(
                    line(cell, times).stream()
                        .map(value -> value.replace("|", "\\|"))
                        .collect(Collectors.joining(" | ", "| ", " |\n"))));
    if (!cell.bars().isEmpty()) {
      text.append('\n');
    }
    cell.bars().forEach(bar -> text.append("- ").append(bar(bar)).append('\n'));
    return text.toString();
  }

  private static String title(Cell cell) {
    return "%s, %,d keys".formatted(cell.workload(), cell.keys());
  }

  private static List<String> line(Cell cell, Times times) {
    double own =
        cell.times().stream()
            .filter(each -> each.formulation().equals(Formulations.TIDEMARK))
            .mapToDouble(Times::median)
            .findFirst()
            .orElse(Double.NaN);
    String agrees =
        cell.agreements().stream()
            .filter(agreement -> agreement.formulation().equals(times.formulation()))
            .findFirst()
            .map(
                agreement ->
                    agreement.isFull()
                        ? "yes"
                        : "NO: %d missing, %d different in %s"
                            .formatted(
                                agreement.missing(), agreement.mismatches(), agreement.columns()))
            .orElse("");
    return switch (times.outcome()) {
      case MEASURED ->
          List.of(
              times.formulation(),
              number("%.2f s", times.median()),
              number("%.2f", times.least()) + "-" + number("%.2f", times.greatest()),
              Double.isNaN(own) ? "" : number("%.2f", own / times.median()),
              number("%,.0f", cell.spineRows() / times.median()),
              agrees);
      case TIMED_OUT ->
          List.of(
              times.formulation(),
              "> %d s".formatted(times.limitSeconds()),
              "",
              Double.isNaN(own) ? "" : "< " + number("%.2f", own / times.limitSeconds()),
              "",
              "");
      case FAILED -> List.of(times.formulation(), "FAILED", "", "", "", firstLine(times.failure()));
    };
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private static String bar(Bar.Verdict verdict) {
    Double ratio = verdict.ratio();
    String found =
        ratio == null
            ? "not measured"
            : (verdict.atMost() ? "less than " : "") + number("%.2f", ratio);
    return "%s: %s, %s"
        .formatted(verdict.bar(), found, verdict.answer().name().toLowerCase(Locale.ROOT));
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
