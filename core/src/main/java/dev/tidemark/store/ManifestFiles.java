package dev.tidemark.store;

import dev.tidemark.definition.Provider;
import dev.tidemark.plan.Interval;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * The manifests, one file each, in the folder {@code _manifests} of the registry's warehouse (of
 * the project, where a REST server alone knows where that is): {@code KIND/NAME.VARIANT/RUN.json}
 * of a build, {@code KIND/NAME.VARIANT/START_END_RUN.json} of an interval. A file is written once
 * and never changed; one that no run history names belongs to a run that was killed, and says
 * nothing.
 */
public final class ManifestFiles {
  private static final DateTimeFormatter IN_A_FILE_NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final Configuration hadoop;
  private final Path folder;

  /**
   * @param root a warehouse with a relative path is relative to it
   * @param registry the provider that holds the registry
   */
  public ManifestFiles(SparkSession session, java.nio.file.Path root, Provider registry) {
    this.hadoop = configuration(session);
    this.folder = new Path(OfflineTables.folder(root, registry), "_manifests");
  }

  /** Where they are, whether there is one yet or not. */
  Path folder() {
    return folder;
  }

  private static Configuration configuration(SparkSession session) {
    return ((org.apache.spark.sql.classic.SparkSession) session).sessionState().newHadoopConf();
  }

  /**
   * Writes a manifest.
   *
   * @return where it is, a URI
   */
  public String write(Manifest manifest) {
    Path path = new Path(folder, name(manifest));
    try {
      FileSystem fileSystem = path.getFileSystem(hadoop);
      try (FSDataOutputStream out = fileSystem.create(path, false)) {
        ManifestJson.write(manifest, out);
      }
      return fileSystem.makeQualified(path).toUri().toString();
    } catch (IOException e) {
      throw new UncheckedIOException("can't write the manifest " + path, e);
    }
  }

  private static String name(Manifest manifest) {
    int kind = manifest.resource().indexOf('.');
    Interval interval = manifest.interval();
    Instant asOf = manifest.asOf();
    String span =
        switch (manifest.kind()) {
          case BUILD -> "";
          case INTERVAL ->
              interval == null
                  ? ""
                  : compact(interval.start()) + "_" + compact(interval.end()) + "_";
          case LATEST, SCORING -> manifest.kind() + "_" + (asOf == null ? "" : compact(asOf) + "_");
        };
    return manifest.resource().substring(0, kind)
        + "/"
        + manifest.resource().substring(kind + 1)
        + "/"
        + span
        + manifest.runId()
        + ".json";
  }

  /** Without the colons that some file systems don't take. */
  private static String compact(Instant instant) {
    return IN_A_FILE_NAME.format(instant);
  }

  /**
   * Reads a manifest.
   *
   * @param location a path or URI
   * @return nothing if there is no such file
   * @throws UncheckedIOException if it can't be read, or is no JSON
   * @throws IllegalArgumentException if it is no manifest that this version can read
   */
  public static Optional<Manifest> read(SparkSession session, String location) {
    Path path = new Path(location);
    try (InputStream in = path.getFileSystem(configuration(session)).open(path)) {
      return Optional.of(ManifestJson.read(in));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The text of a manifest.
   *
   * @param location a path or URI
   * @return nothing if there is no such file
   * @throws UncheckedIOException if it can't be read
   */
  public static Optional<String> text(SparkSession session, String location) {
    Path path = new Path(location);
    try (InputStream in = path.getFileSystem(configuration(session)).open(path)) {
      return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
