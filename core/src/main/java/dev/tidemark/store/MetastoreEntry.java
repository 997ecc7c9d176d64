package dev.tidemark.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * The name that the metastore has for a Delta table.
 *
 * <p>What the table holds is told by its own log, and a commit is the log's alone; the entry only
 * says where. It is made after the first commit: a run that is killed between the two leaves a
 * whole table without a name, and the next run enters it.
 */
final class MetastoreEntry {
  private final SparkSession session;
  private final String catalog;
  private final String database;
  private final String table;
  private final String path;

  MetastoreEntry(SparkSession session, String catalog, String database, String table, String path) {
    this.session = session;
    this.catalog = catalog;
    this.database = database;
    this.table = table;
    this.path = path;
  }

  /** How Spark reads it. */
  String name() {
    return catalog + "." + database + "." + table;
  }

  /** Why the name can't be had, if it is another table's. */
  Optional<String> taken() {
    if (!session.catalog().tableExists(quoted())) {
      return Optional.empty();
    }
    String place =
        session
            .sql("DESCRIBE TABLE EXTENDED " + quoted())
            .where("col_name = 'Location'")
            .collectAsList()
            .stream()
            .map(row -> row.getString(1))
            .findFirst()
            .orElse("");
    if (place.isEmpty()) {
      return Optional.of("%s is taken by a view".formatted(name()));
    }
    return qualified(place).equals(qualified(path))
        ? Optional.empty()
        : Optional.of("%s is taken: it is at %s, not at %s".formatted(name(), place, path));
  }

  /** Makes the entry if there is none; the table must be there. */
  void make() {
    if (!session.catalog().tableExists(quoted())) {
      session.sql("CREATE DATABASE IF NOT EXISTS `%s`.`%s`".formatted(catalog, database));
      session.sql(
          "CREATE TABLE IF NOT EXISTS %s USING delta LOCATION '%s'"
              .formatted(quoted(), path.replace("\\", "\\\\").replace("'", "\\'")));
    }
  }

  private String quoted() {
    return "`%s`.`%s`.`%s`".formatted(catalog, database, table);
  }

  /** With scheme and host, so that one place has one spelling. */
  private Path qualified(String place) {
    try {
      Configuration configuration = session.sparkContext().hadoopConfiguration();
      Path written = new Path(place);
      return written.getFileSystem(configuration).makeQualified(written);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
