package dev.tidemark.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets one process at a time commit to a table whose warehouse is a folder of this machine.
 *
 * <p>Both formats commit by a rename that must not replace a file. A local file system has none
 * such: it is asked whether the file is there, and then renamed, and between the two another
 * process may have done the same. Object stores and catalogs decide themselves, and need no lock.
 * The operating system lets go of it when the process dies.
 */
final class LocalLock {
  private final @Nullable Path file;

  /**
   * @param warehouse a path or URI
   * @param database the folder in it, which the table's is in
   */
  LocalLock(String warehouse, String database, String table) {
    String path = warehouse.startsWith("file:") ? URI.create(warehouse).getPath() : warehouse;
    this.file = path.startsWith("/") ? Path.of(path, database, "." + table + ".lock") : null;
  }

  /** Does something while no other process and no other thread does. */
  <T> T holding(Supplier<T> work) {
    if (file == null) {
      return work.get();
    }
    make(file.toAbsolutePath().getParent());
    try {
      try (FileChannel channel =
              FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = lock(channel)) {
        if (!lock.isValid()) {
          throw new IllegalStateException("lost the lock of " + file);
        }
        return work.get();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void make(@Nullable Path folder) {
    try {
      if (folder != null) {
        Files.createDirectories(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("failed to create " + folder, e);
    }
  }

  /**
   * Asks again and again. The operating system's own waiting is of whole processes: where threads
   * of two hold a table each and wait for the other's, it finds a deadlock that there is not, and
   * refuses ("Resource deadlock avoided"); and a thread of this process can't be waited for at all.
   */
  private static FileLock lock(FileChannel channel) throws IOException {
    while (true) {
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return lock;
        }
      } catch (OverlappingFileLockException e) {
        // Another thread of this process holds it.
      }
      pause(5);
    }
  }

  /** Waits a little, differently long each time. */
  static void pause(long atMostMillis) {
    try {
      Thread.sleep(1 + ThreadLocalRandom.current().nextLong(atMostMillis));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
