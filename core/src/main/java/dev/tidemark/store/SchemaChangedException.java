package dev.tidemark.store;

/** A column that a table has with another type: its rows could not all be kept. */
public final class SchemaChangedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SchemaChangedException(String table, String column, String before, String now) {
    super(
        "column `%s` of %s is %s, and would be %s now".formatted(column, table, before, now)
            + "\n  rows of both can't be in one table: make a new variant, which has a table of its own");
  }
}
