package dev.tidemark.definition;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Where a source's rows are. */
public sealed interface Location permits Location.Table, Location.Files, Location.Query {

  Origin origin();

  <R> R match(Function<Table, R> table, Function<Files, R> files, Function<Query, R> query);

  /** A table of a configured Spark catalog, by its name. */
  record Table(String name, Origin origin) implements Location {
    @Override
    public <R> R match(
        Function<Table, R> table, Function<Files, R> files, Function<Query, R> query) {
      return table.apply(this);
    }
  }

  /**
   * Files (or a Delta or Iceberg table) at a path.
   *
   * @param path as written; relative to the project
   * @param schema declared columns; needed for csv and json, empty otherwise
   * @param options passed to Spark's reader as they are
   */
  record Files(
      String path,
      Format format,
      List<Column> schema,
      Map<String, String> options,
      Origin origin,
      Origin formatOrigin)
      implements Location {
    public Files {
      schema = List.copyOf(schema);
      options = Map.copyOf(options);
    }

    @Override
    public <R> R match(
        Function<Table, R> table, Function<Files, R> files, Function<Query, R> query) {
      return files.apply(this);
    }
  }

  /** A query over tables of configured Spark catalogs. */
  record Query(Sql sql) implements Location {
    @Override
    public Origin origin() {
      return sql.origin();
    }

    @Override
    public <R> R match(
        Function<Table, R> table, Function<Files, R> files, Function<Query, R> query) {
      return query.apply(this);
    }
  }

  /** The formats a path may have. */
  enum Format {
    PARQUET,
    CSV,
    JSON,
    DELTA,
    ICEBERG,
    JDBC
  }
}
