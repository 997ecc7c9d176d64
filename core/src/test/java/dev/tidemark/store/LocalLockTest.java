package dev.tidemark.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that commit to the same tables at once. */
class LocalLockTest {
  @TempDir Path folder;

  private static LocalLock of(String warehouse, String table) {
    return new LocalLock(warehouse, "features", table);
  }

  /** The other process: holds one table, and on another thread waits for the other. */
  public static void main(String[] arguments) {
    CompletableFuture<String> other =
        of(arguments[0], "b")
            .holding(
                () -> {
                  CompletableFuture<String> waiting = had(arguments[0], "a");
                  sleep();
                  System.out.println("waits");
                  // Until this process is waited for as well.
                  sleep();
                  return waiting;
                });
    System.out.println(other.join());
  }

  private static CompletableFuture<String> had(String warehouse, String table) {
    return CompletableFuture.supplyAsync(() -> of(warehouse, table).holding(() -> "had " + table));
  }

  private static void sleep() {
    try {
      Thread.sleep(1_000);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void threads_of_two_processes_that_hold_a_table_each_wait_for_the_others() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                System.getProperty("java.home") + File.separator + "bin/java",
                "-cp",
                System.getProperty("java.class.path"),
                LocalLockTest.class.getName(),
                folder.toString())
            .redirectErrorStream(true);
    List<Process> other = new ArrayList<>();
    try {
      CompletableFuture<String> waiting =
          of(folder.toString(), "a")
              .holding(
                  () -> {
                    try {
                      other.add(builder.start());
                      assertThat(line(other.get(0))).isEqualTo("waits");
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                    CompletableFuture<String> had = had(folder.toString(), "b");
                    sleep();
                    return had;
                  });
      assertThat(waiting.get(20, TimeUnit.SECONDS)).isEqualTo("had b");
      assertThat(line(other.get(0))).isEqualTo("had a");
      assertThat(other.get(0).waitFor()).isZero();
    } finally {
      other.forEach(Process::destroyForcibly);
    }
  }

  private static String line(Process process) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int read = process.getInputStream().read();
        read >= 0 && read != '\n';
        read = process.getInputStream().read()) {
      line.append((char) read);
    }
    return line.toString();
  }
}
