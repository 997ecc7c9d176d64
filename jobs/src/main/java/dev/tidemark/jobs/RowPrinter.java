package dev.tidemark.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Prints the rows of a Dataset, in the format that was asked for. */
final class RowPrinter {
  private RowPrinter() {}

  /**
   * Prints all rows. csv and json are printed row by row; a table needs all of them at once.
   *
   * @param width of a table
   * @return how many rows there were
   */
  static long print(Dataset<Row> rows, ReadCommand.Format format, int width, Appendable out) {
    List<String> header = Arrays.asList(rows.columns());
    try {
      return switch (format) {
        case table -> {
          List<Row> all = rows.collectAsList();
          out.append(table(header, all, width));
          yield all.size();
        }
        case csv -> {
          out.append(String.join(",", header.stream().map(Values::quoted).toList())).append('\n');
          long count = 0;
          for (Iterator<Row> each = rows.toLocalIterator(); each.hasNext(); count++) {
            out.append(Values.csv(each.next())).append('\n');
          }
          yield count;
        }
        case json -> {
          long count = 0;
          for (Iterator<Row> each = rows.toLocalIterator(); each.hasNext(); count++) {
            out.append(Summary.line(Values.object(each.next()))).append('\n');
          }
          yield count;
        }
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Rows as a table that fits. */
  static String table(List<String> header, List<Row> rows, int width) {
    List<List<String>> cells = new ArrayList<>();
    for (Row row : rows) {
      List<String> line = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        line.add(Values.cell(row.get(i)));
      }
      cells.add(line);
    }
    return Grid.rows(header, cells, width);
  }
}
