package dev.tidemark.catalogs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.storage.S3SingleDriverLogStore;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Why {@code docs/catalogs.md} allows one process at a time in some places. When one of these
 * fails, Hadoop or Delta has closed a gap, and the page may say so.
 */
@Tag("catalogs")
class SeveralWritersTest {
  @TempDir private Path folder = Path.of("");

  /**
   * Delta's log store for S3 looks whether a version is there, and then writes it; it keeps writers
   * of its own process apart, and no others. S3 could refuse the second, but S3A asks it to only
   * through a call that Delta does not make.
   */
  @Test
  void on_s3_a_version_of_delta_that_another_process_wrote_meanwhile_is_overwritten()
      throws IOException {
    try (Server store = Server.objectStore(Files.createDirectories(folder.resolve("s3")), "acme")) {
      Configuration configuration = s3(store);
      S3SingleDriverLogStore log = new S3SingleDriverLogStore(configuration);
      org.apache.hadoop.fs.Path version =
          new org.apache.hadoop.fs.Path("s3a://acme/t/_delta_log/00000000000000000001.json");
      FileSystem files = version.getFileSystem(configuration);
      Iterator<String> ours =
          Stream.of("ours").peek(line -> write(files, version, "theirs")).iterator();
      log.write(version, ours, false, configuration);
      assertThat(files.open(version)).hasContent("ours");
      assertThatThrownBy(
              () -> log.write(version, List.of("later").iterator(), false, configuration))
          .isInstanceOf(FileAlreadyExistsException.class);
    }
  }

  /**
   * Iceberg's and Delta's commits to a folder look first, and then rename. (Hive's jars put a file
   * system of their own in this one's place, which does not overwrite; few have them.)
   */
  @Test
  void on_a_local_disk_a_rename_overwrites() throws IOException {
    try (FileSystem files = new LocalFileSystem()) {
      files.initialize(URI.create("file:///"), new Configuration());
      org.apache.hadoop.fs.Path ours = new org.apache.hadoop.fs.Path(folder.toString(), "ours");
      org.apache.hadoop.fs.Path version =
          new org.apache.hadoop.fs.Path(folder.toString(), "version");
      write(files, ours, "ours");
      write(files, version, "theirs");
      assertThat(files.rename(ours, version)).isTrue();
      assertThat(files.open(version)).hasContent("ours");
    }
  }

  private static void write(FileSystem files, org.apache.hadoop.fs.Path path, String text) {
    try (OutputStream out = files.create(path, false)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Configuration s3(Server store) {
    Configuration configuration = new Configuration();
    Map.of(
            "endpoint", "http://127.0.0.1:" + store.port(),
            "endpoint.region", "eu-west-1",
            "path.style.access", "true",
            "access.key", "key",
            "secret.key", "secret",
            "impl.disable.cache", "true")
        .forEach((key, value) -> configuration.set("fs.s3a." + key, value));
    return configuration;
  }
}
