package dev.tidemark.catalogs;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tidemark.run.ExitCode;
import dev.tidemark.run.TaskFailure;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every environment of {@code docs/catalogs.md} keeps the tables that are written to it. */
@Tag("catalogs")
class CatalogsTest {
  private static final String METASTORE = "metastore.acme.com:9083";

  @TempDir private Path folder = Path.of("");

  private void keepsTables(String heading, Map<String, String> places) {
    KeptTables.check(new Shop(folder, Documented.environment(heading, places)));
  }

  private String lake() {
    try {
      return Files.createDirectories(folder.resolve("lake")).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void iceberg_in_a_folder() {
    keepsTables("Iceberg in a folder", Map.of("/lake", lake()));
  }

  @Test
  void iceberg_with_sqlite() {
    keepsTables("Iceberg with SQLite", Map.of("/lake", lake()));
  }

  @Test
  void iceberg_with_postgresql() throws IOException {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
      keepsTables(
          "Iceberg with PostgreSQL",
          Map.of(
              "\"/lake",
              "\"" + lake(),
              "db.acme.com:5432/lake",
              "127.0.0.1:%d/postgres".formatted(postgres.getPort()),
              "user = tidemark",
              "user = postgres"));
    }
  }

  @Test
  void iceberg_with_a_hive_metastore() {
    try (Server metastore = Server.hiveMetastore(folder)) {
      keepsTables(
          "Iceberg with a Hive metastore",
          Map.of("/lake", lake(), METASTORE, "127.0.0.1:" + metastore.port()));
    }
  }

  @Test
  void iceberg_with_a_rest_catalog() {
    try (Server catalog = Server.restCatalog(folder)) {
      keepsTables(
          "Iceberg with a REST catalog",
          Map.of("https://catalog.acme.com", "http://127.0.0.1:" + catalog.port()));
    }
  }

  @Test
  void delta_by_path() {
    keepsTables("Delta by path", Map.of("/lake", lake()));
  }

  @Test
  void delta_in_a_metastore() {
    try (Server metastore = Server.hiveMetastore(folder)) {
      keepsTables(
          "Delta in a metastore",
          Map.of("/lake", lake(), METASTORE, "127.0.0.1:" + metastore.port()));
    }
  }

  @Test
  void iceberg_and_delta_on_s3() throws IOException {
    Path objects = Files.createDirectories(folder.resolve("s3"));
    try (Server store = Server.objectStore(objects, "acme");
        EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
      keepsTables(
          "S3",
          Map.of(
              "https://s3.acme.com",
              "http://127.0.0.1:" + store.port(),
              "db.acme.com:5432/lake",
              "127.0.0.1:%d/postgres".formatted(postgres.getPort()),
              "user = tidemark",
              "user = postgres"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Iceberg with PostgreSQL,       db.acme.com:5432/lake,    127.0.0.1:1/lake",
    "Iceberg with a Hive metastore, metastore.acme.com:9083,  127.0.0.1:1",
    "Iceberg with a REST catalog,   https://catalog.acme.com, http://127.0.0.1:1",
    "Delta in a metastore,          metastore.acme.com:9083,  127.0.0.1:1",
  })
  void a_catalog_that_does_not_answer_is_worth_another_try(
      String heading, String place, String nowhere) {
    Shop shop = new Shop(folder, Documented.environment(heading, Map.of(place, nowhere)));
    shop.command(
        commands ->
            assertThatExceptionOfType(TaskFailure.class)
                .isThrownBy(commands::build)
                .withMessageStartingWith("no connection: ")
                .withMessageEndingWith("no table was changed")
                .returns(ExitCode.INPUT_NOT_READY, TaskFailure::exitCode));
  }
}
