package dev.tidemark.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** A query's result written by DuckDB. */
final class DuckWork implements Formulation.Work {
  private final Duck duck;
  private final String query;
  private volatile @Nullable Statement running;

  DuckWork(Duck duck, String query) {
    this.duck = duck;
    this.query = query;
  }

  @Override
  public void run(@Nullable Path output) throws SQLException, IOException {
    if (output != null) {
      Files.createDirectories(output);
    }
    try (Statement statement = duck.statement()) {
      running = statement;
      if (output != null) {
        duck.write(statement, query, output.resolve("part-0.parquet"));
      } else {
        duck.compute(statement, query);
      }
    } finally {
      running = null;
    }
  }

  @Override
  public void cancel() throws SQLException {
    Statement statement = running;
    if (statement != null) {
      statement.cancel();
    }
  }
}
