package dev.tidemark.local;

import java.util.Map;
import org.apache.hadoop.fs.LocalFileSystem;

/**
 * Hadoop's local file system, which asks the operating system where Hadoop, without its native
 * library, starts a process: {@code chmod} for each file that it makes. A commit makes about ten.
 */
public final class DirectFileSystem extends LocalFileSystem {
  /** Spark's settings that put it, and {@link DirectFs}, in the place of Hadoop's. */
  public static final Map<String, String> SETTINGS =
      Map.of(
          "spark.hadoop.fs.file.impl", DirectFileSystem.class.getName(),
          "spark.hadoop.fs.AbstractFileSystem.file.impl", DirectFs.class.getName());

  /** For Hadoop, which makes it by name. */
  public DirectFileSystem() {
    super(new DirectFiles());
  }
}
