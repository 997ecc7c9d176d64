package dev.tidemark.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs formulations in turn, and takes their times. */
final class Trials {
  /** How long a run that was cancelled may take to end; one that goes on would disturb the next. */
  private static final int ENDING_SECONDS = 300;

  private final Grid grid;
  private final Path folder;
  private final PrintStream progress;

  Trials(Grid grid, Path folder, PrintStream progress) {
    this.grid = grid;
    this.folder = folder;
    this.progress = progress;
  }

  /** Where the last result of a formulation is. */
  Path output(Formulation formulation) {
    return folder.resolve(formulation.name().replaceAll("\\W+", "-"));
  }

  /**
   * Runs all, as often as the grid says. Who is first changes from round to round, so that nobody
   * always finds the machine as the same neighbour left it.
   */
  List<Times> run(String title, List<Formulation> formulations)
      throws IOException, InterruptedException {
    Map<Formulation, List<Double>> seconds = new LinkedHashMap<>();
    formulations.forEach(formulation -> seconds.put(formulation, new ArrayList<>()));
    Map<Formulation, String> failures = new LinkedHashMap<>();
    Set<Formulation> late = new HashSet<>();
    for (int round = 0; round < grid.warmUp() + grid.runs(); round++) {
      for (int i = 0; i < formulations.size(); i++) {
        Formulation formulation = formulations.get((i + round) % formulations.size());
        if (late.contains(formulation) || failures.containsKey(formulation)) {
          continue;
        }
        boolean kept = grid.sink() == Grid.Sink.PARQUET || round < grid.warmUp();
        Path output = kept ? output(formulation) : null;
        if (output != null) {
          delete(output);
          Files.createDirectories(folder);
        }
        // Nobody pays for another's garbage.
        System.gc();
        String told;
        try {
          double time = run(formulation.work(), output);
          if (round >= grid.warmUp()) {
            seconds.getOrDefault(formulation, new ArrayList<>()).add(time);
          }
          told = "%.2f s".formatted(time);
        } catch (TimeoutException e) {
          late.add(formulation);
          told = "> %d s".formatted(grid.timeoutSeconds());
        } catch (ExecutionException e) {
          told = String.valueOf(e.getCause());
          failures.put(formulation, told);
        }
        progress.printf("%s, round %d, %s: %s%n", title, round + 1, formulation.name(), told);
      }
    }
    return seconds.entrySet().stream()
        .map(
            entry -> {
              Formulation formulation = entry.getKey();
              String failure = failures.getOrDefault(formulation, "");
              Times.Outcome outcome =
                  !failure.isEmpty()
                      ? Times.Outcome.FAILED
                      : late.contains(formulation)
                          ? Times.Outcome.TIMED_OUT
                          : Times.Outcome.MEASURED;
              return new Times(
                  formulation.name(),
                  outcome,
                  outcome == Times.Outcome.MEASURED ? entry.getValue() : List.of(),
                  grid.timeoutSeconds(),
                  failure);
            })
        .toList();
  }

  private double run(Formulation.Work work, @Nullable Path output)
      throws InterruptedException, ExecutionException, TimeoutException {
    FutureTask<Double> task =
        new FutureTask<>(
            () -> {
              long start = System.nanoTime();
              work.run(output);
              return (System.nanoTime() - start) / 1e9;
            });
    Thread thread = new Thread(task, "bench-run");
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get(grid.timeoutSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      cancel(work);
      thread.join(TimeUnit.SECONDS.toMillis(ENDING_SECONDS));
      if (thread.isAlive()) {
        throw new IllegalStateException(
            "a run was cancelled and did not end in %d s; what follows could not be trusted"
                .formatted(ENDING_SECONDS),
            e);
      }
      throw e;
    }
  }

  private static void cancel(Formulation.Work work) {
    try {
      work.cancel();
    } catch (Exception e) {
      throw new IllegalStateException("a run that took too long cannot be cancelled", e);
    }
  }

  /** A folder and all that is in it, if it is there. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
