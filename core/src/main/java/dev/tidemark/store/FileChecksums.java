package dev.tidemark.store;

import dev.tidemark.plan.InputFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;

/** Looks at plain files on the executors: whether they are as they were, and what is in them. */
public final class FileChecksums {
  /** So that one task of very many small files does not take all day. */
  private static final int MOST_FILES_OF_A_TASK = 1_000;

  private FileChecksums() {}

  /**
   * A file that was looked at.
   *
   * @param sha256 of its content; null if it was not read, or has changed
   * @param change how it differs from what was listed, such as {@code it is gone}; null: it does
   *     not
   */
  public record Checked(InputFile file, @Nullable String sha256, @Nullable String change)
      implements Serializable {}

  /**
   * Looks at some files.
   *
   * @param read true: they are read whole, for their checksums
   * @return of every file, in the order given
   */
  public static List<Checked> of(SparkSession session, List<InputFile> files, boolean read) {
    if (files.isEmpty()) {
      return List.of();
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(session.sparkContext());
    Configuration hadoop =
        ((org.apache.spark.sql.classic.SparkSession) session).sessionState().newHadoopConf();
    Broadcast<SerializableConfiguration> settings =
        context.broadcast(new SerializableConfiguration(hadoop));
    int tasks = Math.max(4 * context.defaultParallelism(), files.size() / MOST_FILES_OF_A_TASK);
    return context
        .parallelize(files, Math.min(files.size(), tasks))
        .map(file -> checked(file, settings.value().value(), read))
        .collect();
  }

  private static Checked checked(InputFile file, Configuration hadoop, boolean read)
      throws IOException, NoSuchAlgorithmException {
    Path path = new Path(java.net.URI.create(file.path()));
    FileSystem fileSystem = path.getFileSystem(hadoop);
    try {
      String before = change(file, fileSystem.getFileStatus(path));
      if (before != null || !read) {
        return new Checked(file, null, before);
      }
      String sha256 = sha256(fileSystem, path);
      // It may have changed under our hands.
      String after = change(file, fileSystem.getFileStatus(path));
      return new Checked(file, after == null ? sha256 : null, after);
    } catch (FileNotFoundException e) {
      return new Checked(file, null, "it is gone");
    }
  }

  private static @Nullable String change(InputFile file, FileStatus now) {
    if (now.getLen() != file.bytes()) {
      return "it has %d bytes, and had %d".formatted(now.getLen(), file.bytes());
    }
    Instant modified = Instant.ofEpochMilli(now.getModificationTime());
    return modified.equals(file.modified())
        ? null
        : "it was written at %s, and before at %s".formatted(modified, file.modified());
  }

  private static String sha256(FileSystem fileSystem, Path path)
      throws IOException, NoSuchAlgorithmException {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = new DigestInputStream(fileSystem.open(path), sha)) {
      while (in.read(buffer) >= 0) {
        // The stream digests what passes.
      }
    }
    return HexFormat.of().formatHex(sha.digest());
  }
}
