package dev.tidemark.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Rows of text as aligned tables that fit a width. */
final class Grid {
  private static final String GAP = "  ";

  /** The least that is shown of a cell where rows stand side by side: an instant fits. */
  private static final int LEAST_CELL = 20;

  /** The least that is shown of a list's last column. */
  private static final int LEAST_LAST = 12;

  private Grid() {}

  /** A table whose last column is cut where it does not fit. */
  static String list(List<String> header, List<List<String>> rows, int width) {
    int[] widths = widths(header, rows);
    int last = widths.length - 1;
    int before = IntStream.of(widths).limit(last).sum() + GAP.length() * last;
    widths[last] = Math.min(widths[last], Math.max(LEAST_LAST, width - before));
    return draw(header, rows, widths);
  }

  /**
   * A table of data. Where it is too wide it is turned, with one line a column, so that no column
   * is left out: rows stand side by side, as many as fit, and the others below.
   */
  static String rows(List<String> header, List<List<String>> rows, int width) {
    int[] widths = widths(header, rows);
    if (IntStream.of(widths).sum() + GAP.length() * (widths.length - 1) <= width
        || rows.isEmpty()) {
      return draw(header, rows, widths);
    }
    int names = header.stream().mapToInt(String::length).max().orElse(0);
    int perBlock = Math.max(1, (width - names) / (LEAST_CELL + GAP.length()));
    StringBuilder out = new StringBuilder();
    for (int from = 0; from < rows.size(); from += perBlock) {
      out.append(from == 0 ? "" : "\n");
      out.append(
          turned(header, rows.subList(from, Math.min(rows.size(), from + perBlock)), from, width));
    }
    return out.toString();
  }

  private static String turned(
      List<String> header, List<List<String>> rows, int offset, int width) {
    List<String> titles = new ArrayList<>(List.of("column"));
    List<List<String>> lines = new ArrayList<>();
    for (String name : header) {
      lines.add(new ArrayList<>(List.of(name)));
    }
    for (int row = 0; row < rows.size(); row++) {
      titles.add("row " + (offset + row + 1));
      for (int column = 0; column < header.size(); column++) {
        lines.get(column).add(rows.get(row).get(column));
      }
    }
    int[] widths = widths(titles, lines);
    int each = (width - widths[0]) / rows.size() - GAP.length();
    for (int i = 1; i < widths.length; i++) {
      widths[i] = Math.min(widths[i], Math.max(LEAST_CELL, each));
    }
    return draw(titles, lines, widths);
  }

  private static int[] widths(List<String> header, List<List<String>> rows) {
    int[] widths = header.stream().mapToInt(String::length).toArray();
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return widths;
  }

  private static String draw(List<String> header, List<List<String>> rows, int[] widths) {
    StringBuilder out = new StringBuilder();
    line(out, header, widths);
    line(out, IntStream.of(widths).mapToObj("-"::repeat).toList(), widths);
    rows.forEach(row -> line(out, row, widths));
    return out.toString();
  }

  private static void line(StringBuilder out, List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = cut(cells.get(i), widths[i]);
      line.append(i == 0 ? "" : GAP).append(cell).append(" ".repeat(widths[i] - cell.length()));
    }
    out.append(line.toString().stripTrailing()).append('\n');
  }

  /** Line ends and tabs would break the table. */
  private static String cut(String cell, int width) {
    String one = cell.replaceAll("\\s", " ");
    return one.length() <= width ? one : one.substring(0, width - 1) + "…";
  }
}
