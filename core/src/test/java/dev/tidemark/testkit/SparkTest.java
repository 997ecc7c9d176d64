package dev.tidemark.testkit;

import dev.tidemark.local.DirectFileSystem;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test class the one Spark session of its JVM, as a parameter of constructors and methods.
 *
 * <p>The session has two local cores, two shuffle partitions, the Delta and Iceberg extensions,
 * Delta as {@code spark_catalog}, an Iceberg catalog {@code tidemark} in a temporary folder, and
 * its time zone pinned to UTC. It is opened by the first class that asks and closed after the last.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ExtendWith(SparkTest.Extension.class)
public @interface SparkTest {

  /** Resolves parameters of type {@link SparkSession}. */
  final class Extension implements ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE =
        ExtensionContext.Namespace.create(SparkTest.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == SparkSession.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(NAMESPACE)
          .computeIfAbsent(Shared.class, key -> new Shared(open()), Shared.class)
          .session();
    }

    private static SparkSession open() {
      Path folder = TestFolders.create("spark");
      SparkSession.Builder builder = SparkSession.builder();
      DirectFileSystem.SETTINGS.forEach(builder::config);
      return builder
          .master("local[2]")
          .appName("tidemark-test")
          .config("spark.ui.enabled", "false")
          .config("spark.driver.host", "127.0.0.1")
          .config("spark.driver.bindAddress", "127.0.0.1")
          .config("spark.sql.session.timeZone", "UTC")
          .config("spark.sql.shuffle.partitions", "2")
          .config("spark.default.parallelism", "2")
          .config("spark.sql.warehouse.dir", folder.resolve("spark").toString())
          .config(
              "spark.sql.extensions",
              "io.delta.sql.DeltaSparkSessionExtension,"
                  + "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions,"
                  + "dev.tidemark.pit.PointInTimeExtensions")
          .config(
              "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
          .config("spark.sql.catalog.tidemark", "org.apache.iceberg.spark.SparkCatalog")
          .config("spark.sql.catalog.tidemark.type", "hadoop")
          .config("spark.sql.catalog.tidemark.warehouse", folder.resolve("iceberg").toString())
          .config("spark.sql.catalog.default_iceberg", "org.apache.iceberg.spark.SparkCatalog")
          .config("spark.sql.catalog.default_iceberg.type", "hadoop")
          .config(
              "spark.sql.catalog.default_iceberg.warehouse", folder.resolve("iceberg").toString())
          .config("spark.databricks.delta.snapshotPartitions", "1")
          .config(
              "spark.databricks.delta.vacuum.enforceTimeTravelWithinDeletedFileRetentionDuration",
              "false")
          .getOrCreate();
    }
  }

  /** Closed by JUnit with the root store. */
  record Shared(SparkSession session) implements AutoCloseable {
    @Override
    public void close() {
      session.stop();
    }
  }
}
