package dev.tidemark.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A DuckDB in this process, with as many threads and as much memory as Spark. */
final class Duck implements AutoCloseable {
  private final Connection connection;

  Duck(int threads, long memoryBytes, Path spill) throws SQLException {
    connection = DriverManager.getConnection("jdbc:duckdb:");
    execute("SET threads = " + threads);
    execute("SET memory_limit = '%d MiB'".formatted(memoryBytes >> 20));
    execute("SET temp_directory = " + quoted(spill.toString()));
    execute("SET TimeZone = 'UTC'");
    // Nobody asked for an order, and keeping one costs.
    execute("SET preserve_insertion_order = false");
  }

  void view(Table table) {
    try {
      execute(
          "CREATE OR REPLACE VIEW %s AS SELECT * FROM %s"
              .formatted(table.name(), parquet(table.folder().resolve("*.parquet"))));
    } catch (SQLException e) {
      throw new IllegalStateException("DuckDB does not read " + table.folder(), e);
    }
  }

  /** Writes a query's result to a file; another thread may cancel the statement. */
  void write(Statement statement, String query, Path file) throws SQLException {
    statement.execute("COPY (%s) TO %s (FORMAT parquet)".formatted(query, quoted(file.toString())));
  }

  /** Runs a query to its last row. */
  void compute(Statement statement, String query) throws SQLException {
    statement.execute("CREATE OR REPLACE TEMP TABLE computed AS " + query);
    statement.execute("DROP TABLE computed");
  }

  Statement statement() throws SQLException {
    return connection.createStatement();
  }

  /** The numbers of a query's only row. */
  java.util.List<Long> numbers(String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      result.next();
      java.util.List<Long> numbers = new java.util.ArrayList<>();
      for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
        numbers.add(result.getLong(column));
      }
      return numbers;
    }
  }

  String version() throws SQLException {
    return connection.getMetaData().getDatabaseProductVersion();
  }

  /** Files as a table. */
  static String parquet(Path files) {
    return "read_parquet(" + quoted(files.toString()) + ")";
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
