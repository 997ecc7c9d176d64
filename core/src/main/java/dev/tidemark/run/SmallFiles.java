package dev.tidemark.run;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Writes small files, to wherever the session's file systems reach. On local disks and in object
 * stores who reads one sees all of it, as it was before or as it is now; on HDFS perhaps a part,
 * for as long as it is written.
 */
public final class SmallFiles {
  private final Configuration hadoop;

  SmallFiles(SparkSession session) {
    this.hadoop =
        ((org.apache.spark.sql.classic.SparkSession) session).sessionState().newHadoopConf();
  }

  /**
   * Puts a text in place of what a file held, if there is one.
   *
   * @param location a path or URI; its folders are made
   */
  public void write(String location, String text) throws IOException {
    Path path = new Path(location);
    URI uri = path.toUri();
    if (uri.getScheme() == null || uri.getScheme().equals("file")) {
      local(java.nio.file.Path.of(uri.getPath()), text);
      return;
    }
    try {
      write(path.getFileSystem(hadoop), path, text);
    } catch (IOException closed) {
      // Hadoop closes the file systems that it shares as soon as the process is told to end.
      try (FileSystem own = FileSystem.newInstance(uri, hadoop)) {
        write(own, path, text);
      } catch (IOException again) {
        again.addSuppressed(closed);
        throw again;
      }
    }
  }

  private static void write(FileSystem fileSystem, Path path, String text) throws IOException {
    try (OutputStream out = fileSystem.create(path, true)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static void local(java.nio.file.Path file, String text) throws IOException {
    java.nio.file.Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("no file: " + file);
    }
    Files.createDirectories(folder);
    java.nio.file.Path part = Files.createTempFile(folder, ".", ".part");
    try {
      Files.writeString(part, text);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
