package dev.tidemark.store;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Provider;
import dev.tidemark.plan.Target;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** Finds the tables of providers, and the Spark settings under which they are found. */
public final class OfflineTables {
  private static final String AT_PATHS = "spark.sql.catalog.default_iceberg";

  private OfflineTables() {}

  /**
   * The table of a target, whether it exists yet or not.
   *
   * @param root warehouses with relative paths are relative to it
   */
  public static OfflineTable of(SparkSession session, Path root, Target target) {
    Provider provider = target.provider();
    return switch (provider.format()) {
      case ICEBERG -> new IcebergTable(session, provider, warehouse(root, provider), target.name());
      case DELTA ->
          new DeltaPathTable(
              session,
              warehouse(root, provider),
              provider.database(),
              target.name(),
              entry(session, root, target).map(MetastoreEntry::name).orElse(null));
    };
  }

  /**
   * Where the files of a target's table are or will be, a path or URI; nothing where a catalog
   * decides that.
   */
  public static Optional<String> storage(Path root, Target target) {
    return target.provider().isOfFolders()
        ? Optional.of(inWarehouse(root, target))
        : Optional.empty();
  }

  /** Where what Tidemark keeps beside the tables of a provider is: a path or URI. */
  public static String beside(Path root, Provider provider) {
    return folder(root, provider);
  }

  /** Why a target can't be written under its name: the metastore has another table of that name. */
  public static Optional<String> taken(SparkSession session, Path root, Target target) {
    return entry(session, root, target).flatMap(MetastoreEntry::taken);
  }

  /** Enters the name of a target's table where the metastore is to have it and does not yet. */
  public static void enter(SparkSession session, Path root, Target target) {
    if (of(session, root, target).exists()) {
      entry(session, root, target).ifPresent(MetastoreEntry::make);
    }
  }

  private static Optional<MetastoreEntry> entry(SparkSession session, Path root, Target target) {
    Provider provider = target.provider();
    return provider.format() == Provider.TableFormat.DELTA && provider.catalog() != null
        ? Optional.of(
            new MetastoreEntry(
                session,
                provider.catalog(),
                provider.database(),
                target.name(),
                inWarehouse(root, target)))
        : Optional.empty();
  }

  private static String inWarehouse(Path root, Target target) {
    Provider provider = target.provider();
    return warehouse(root, provider) + "/" + provider.database() + "/" + target.name();
  }

  /**
   * The Spark settings that an environment's providers need; a user's options come last and win.
   */
  public static Map<String, String> settings(Environment environment, Path root) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(
        "spark.sql.extensions",
        "io.delta.sql.DeltaSparkSessionExtension,"
            + "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions");
    settings.put(
        "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog");
    // A version can be read for as long as its files are there, which upkeep sees to; Delta would
    // refuse it after a week.
    settings.put(
        "spark.databricks.delta.vacuum.enforceTimeTravelWithinDeletedFileRetentionDuration",
        "false");
    // Through this catalog Iceberg finds tables at paths. Its default is Hive, which is not there.
    settings.put(AT_PATHS, "org.apache.iceberg.spark.SparkCatalog");
    settings.put(AT_PATHS + ".type", "hadoop");
    settings.put(AT_PATHS + ".warehouse", root.resolve(".tidemark").toAbsolutePath().toString());
    for (Provider provider : environment.providers()) {
      if (provider.format() == Provider.TableFormat.ICEBERG) {
        String prefix = "spark.sql.catalog." + provider.catalog();
        settings.put(prefix, "org.apache.iceberg.spark.SparkCatalog");
        if (!provider.options().containsKey("catalog-impl")) {
          settings.put(prefix + ".type", "hadoop");
        }
        settings.put(prefix + ".warehouse", warehouse(root, provider));
        provider.options().forEach((key, value) -> settings.put(prefix + "." + key, value));
      }
    }
    return settings;
  }

  /** A URI as it is, a relative path under the project; of a REST server the name it knows. */
  static String warehouse(Path root, Provider provider) {
    return isName(provider) ? provider.warehouse() : place(root, provider.warehouse());
  }

  /**
   * A folder for what Tidemark keeps beside tables. Where only the server knows where its warehouse
   * is, that is in the project.
   */
  static String folder(Path root, Provider provider) {
    return place(root, isName(provider) ? ".tidemark/" + provider.name() : provider.warehouse());
  }

  private static boolean isName(Provider provider) {
    return "rest".equals(provider.options().get("type"));
  }

  private static String place(Path root, String written) {
    boolean isUri = written.matches("[a-zA-Z][a-zA-Z0-9+.-]*:/.*");
    String place =
        isUri
            ? URI.create(written).toString()
            : root.resolve(written).toAbsolutePath().normalize().toString();
    return place.endsWith("/") ? place.substring(0, place.length() - 1) : place;
  }
}
