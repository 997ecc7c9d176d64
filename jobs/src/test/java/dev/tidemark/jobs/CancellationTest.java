package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command that is told to end while it does what nothing can stop. */
class CancellationTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch stuck = new CountDownLatch(1);

  @TempDir Path folder;

  private Thread command(Cancellation cancellation, boolean abandons) {
    Path shop = Cli.shop(folder);
    Terminal terminal =
        new Terminal(
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            false,
            false,
            Terminal.DEFAULT_COLUMNS,
            false);
    var sessions =
        new StartingSpark(
            (environment, root) -> {
              begun.countDown();
              try {
                stuck.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              throw new IllegalStateException("no master answered");
            },
            abandons ? cancellation : new Cancellation());
    Main main =
        new Main(terminal, cancellation, new Spark(sessions, cancellation, Map.of()), Map.of());
    Thread thread =
        new Thread(
            () -> {
              main.run(
                  List.of(
                      "build",
                      "--all",
                      "--project",
                      shop.toString(),
                      "--summary",
                      folder.resolve("summary.json").toString()));
              cancellation.told();
            });
    thread.start();
    return thread;
  }

  private void isTold() throws Exception {
    String told = out.toString(StandardCharsets.UTF_8);
    assertThat(told.lines()).hasSize(1);
    assertThat(Cli.parse(told).path("status").asText()).isEqualTo("cancelled");
    assertThat(Cli.parse(told).path("exit_code").asInt()).isEqualTo(143);
    assertThat(Files.readString(folder.resolve("summary.json")).strip()).isEqualTo(told.strip());
  }

  @Test
  void a_start_of_spark_is_not_waited_for() throws Exception {
    Cancellation cancellation = new Cancellation(Duration.ofMinutes(5));
    Thread command = command(cancellation, true);
    assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
    cancellation.ask();
    command.join();
    isTold();
    stuck.countDown();
  }

  @Test
  void what_does_not_come_to_its_end_is_told_of_all_the_same_and_once() throws Exception {
    Cancellation cancellation = new Cancellation(Duration.ofMillis(100));
    Thread command = command(cancellation, false);
    assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
    cancellation.ask();
    isTold();
    stuck.countDown();
    command.join();
    isTold();
  }
}
