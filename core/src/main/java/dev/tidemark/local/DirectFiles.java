package dev.tidemark.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileRange;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/** Files without their checksums; what Java can't say to the operating system is left to Hadoop. */
public class DirectFiles extends RawLocalFileSystem {
  @Override
  public void setPermission(Path path, FsPermission permission) throws IOException {
    PosixFileAttributeView file =
        Files.getFileAttributeView(nio(path), PosixFileAttributeView.class);
    if (file == null || permission.getStickyBit()) {
      super.setPermission(path, permission);
    } else {
      file.setPermissions(PosixFilePermissions.fromString(permission.toString()));
    }
  }

  /** Asked twice for each rename. */
  @Override
  public FileStatus getFileLinkStatus(Path path) throws IOException {
    return Files.isSymbolicLink(nio(path)) ? super.getFileLinkStatus(path) : getFileStatus(path);
  }

  /**
   * Hadoop reads the ranges of {@code readVectored}, by which Parquet's data comes, on other
   * threads and counts them on none: Spark, which asks what its own thread has read, would not see
   * them.
   */
  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    return new FSDataInputStream(super.open(path, bufferSize).getWrappedStream()) {
      @Override
      public void readVectored(List<? extends FileRange> ranges, IntFunction<ByteBuffer> allocate)
          throws IOException {
        super.readVectored(ranges, allocate);
        count(ranges);
      }

      @Override
      public void readVectored(
          List<? extends FileRange> ranges,
          IntFunction<ByteBuffer> allocate,
          Consumer<ByteBuffer> release)
          throws IOException {
        super.readVectored(ranges, allocate, release);
        count(ranges);
      }
    };
  }

  private void count(List<? extends FileRange> ranges) {
    statistics.incrementBytesRead(ranges.stream().mapToLong(FileRange::getLength).sum());
  }

  private java.nio.file.Path nio(Path path) {
    return pathToFile(path).toPath();
  }
}
