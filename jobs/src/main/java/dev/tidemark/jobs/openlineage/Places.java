package dev.tidemark.jobs.openlineage;

import io.openlineage.client.utils.DatasetIdentifier;
import io.openlineage.client.utils.filesystem.FilesystemDatasetUtils;
import io.openlineage.client.utils.jdbc.JdbcDatasetUtils;
import java.net.URI;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * Names datasets by OpenLineage's naming conventions, as its Spark integration does, so that both
 * mean one dataset: tables of files go by where they are stored, and have the table's name beside;
 * tables of databases go by the database's address.
 */
final class Places {
  private final java.nio.file.Path root;
  private final Function<String, Optional<String>> settings;
  private final UnaryOperator<String> open;
  private final String otherwise;

  /**
   * @param root relative paths are relative to it
   * @param settings Spark's, by name
   * @param open a text as it may be told
   * @param otherwise the namespace of a table of which nobody knows where it is
   */
  Places(
      java.nio.file.Path root,
      Function<String, Optional<String>> settings,
      UnaryOperator<String> open,
      String otherwise) {
    this.root = root;
    this.settings = settings;
    this.open = open;
    this.otherwise = otherwise;
  }

  /** A path as written in a definition: relative, absolute, or a URI; perhaps with a pattern. */
  Place ofPath(String written) {
    return ofStorage(withoutPattern(written), null);
  }

  /**
   * A table of a catalog.
   *
   * @param table its full name
   * @param storage where its files are; null: nobody knows
   */
  Place ofTable(String table, @Nullable String storage) {
    if (storage != null) {
      return ofStorage(storage, symlink(table));
    }
    int catalog = table.indexOf('.');
    Optional<String> url =
        catalog < 0
            ? Optional.empty()
            : settings
                .apply("spark.sql.catalog.%s.url".formatted(table.substring(0, catalog)))
                .filter(found -> found.startsWith("jdbc:"));
    if (url.isPresent()) {
      DatasetIdentifier found =
          JdbcDatasetUtils.getDatasetIdentifier(
              url.get(), table.substring(catalog + 1), new Properties());
      return new Place(open.apply(found.getNamespace()), found.getName(), null, null);
    }
    return new Place(otherwise, table, null, null);
  }

  private Place ofStorage(String location, Place.@Nullable Symlink table) {
    URI uri = uri(location);
    DatasetIdentifier found = FilesystemDatasetUtils.fromLocation(uri);
    return new Place(open.apply(found.getNamespace()), open.apply(found.getName()), uri, table);
  }

  private URI uri(String location) {
    String shown = open.apply(location);
    URI uri = new Path(shown.isEmpty() ? "/" : shown).toUri();
    return uri.getScheme() == null
        ? new Path("file://" + root.resolve(uri.getPath()).toAbsolutePath().normalize()).toUri()
        : uri;
  }

  /** The folder above the first part that stands for several. */
  private static String withoutPattern(String path) {
    int pattern = -1;
    for (int i = 0; i < path.length() && pattern < 0; i++) {
      pattern = "*?[{".indexOf(path.charAt(i)) >= 0 ? i : -1;
    }
    return pattern < 0 ? path : path.substring(0, path.lastIndexOf('/', pattern) + 1);
  }

  private Place.@Nullable Symlink symlink(String table) {
    int end = table.indexOf('.');
    if (end < 0) {
      return null;
    }
    String catalog = "spark.sql.catalog." + table.substring(0, end);
    String name = table.substring(end + 1);
    Optional<String> uri = settings.apply(catalog + ".uri");
    Optional<String> warehouse = settings.apply(catalog + ".warehouse");
    return switch (settings.apply(catalog + ".type").orElse("")) {
      case "hadoop" -> warehouse.map(at -> inWarehouse(at, name)).orElse(null);
      case "rest" -> uri.map(at -> new Place.Symlink(open.apply(at), name)).orElse(null);
      case "hive" ->
          uri.map(at -> new Place.Symlink(at.replaceFirst("^thrift:", "hive:"), name)).orElse(null);
      default -> null;
    };
  }

  private Place.Symlink inWarehouse(String warehouse, String name) {
    DatasetIdentifier found = FilesystemDatasetUtils.fromLocationAndName(uri(warehouse), name);
    return new Place.Symlink(open.apply(found.getNamespace()), found.getName());
  }
}
