package dev.tidemark.jobs;

import dev.tidemark.compile.Transformation;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * The rows as they are, behind a shuffle whose readers wait until they are let through: so a test
 * knows where a run is, and does something to it there.
 *
 * <p>The folder of {@code spark.tidemark.gate} holds what tasks and the test tell each other:
 *
 * <ul>
 *   <li>{@code held-PID-…}: a task waits, in the process of that id
 *   <li>{@code open}: all tasks go on
 *   <li>{@code only-first}: the first task that comes waits, and no other
 *   <li>{@code fail-first}: first attempts fail, and no task waits
 * </ul>
 *
 * Without the setting nothing waits. It is on the class path of the drivers and of the executors by
 * {@code --jars}.
 */
public final class Gate implements Transformation {
  static final String SETTING = "spark.tidemark.gate";

  /** More than there are cores, so that some readers have not begun when others wait. */
  static final int PARTITIONS = 6;

  @Override
  public Dataset<Row> apply(Map<String, Dataset<Row>> inputs) {
    Dataset<Row> rows = inputs.values().iterator().next();
    String folder = rows.sparkSession().conf().get(SETTING, "");
    return rows.repartition(PARTITIONS, functions.col("payment_id"))
        .mapPartitions(new Waiting(folder), Encoders.row(rows.schema()));
  }

  private record Waiting(String folder) implements MapPartitionsFunction<Row, Row> {
    private static final int MILLIS = 20;
    private static final int MOST_MILLIS = 180_000;

    @Override
    public Iterator<Row> call(Iterator<Row> rows) throws IOException, InterruptedException {
      if (!folder.isEmpty()) {
        pass(Path.of(folder), TaskContext.get());
      }
      return rows;
    }

    private static void pass(Path gate, TaskContext task) throws IOException, InterruptedException {
      boolean first = task.attemptNumber() == 0;
      if (Files.exists(gate.resolve("fail-first"))) {
        if (first) {
          throw new IllegalStateException("a first attempt fails on purpose");
        }
        return;
      }
      if (Files.exists(gate.resolve("only-first")) && !(first && isFirst(gate))) {
        return;
      }
      if (Files.exists(gate.resolve("open"))) {
        return;
      }
      Files.writeString(
          gate.resolve("held-%d-%d".formatted(ProcessHandle.current().pid(), task.taskAttemptId())),
          "");
      for (int waited = 0; !Files.exists(gate.resolve("open")); waited += MILLIS) {
        task.killTaskIfInterrupted();
        if (waited > MOST_MILLIS) {
          throw new IllegalStateException("nobody opened the gate");
        }
        Thread.sleep(MILLIS);
      }
    }

    /** True for one task only. */
    private static boolean isFirst(Path gate) throws IOException {
      try {
        Files.createFile(gate.resolve("first"));
        return true;
      } catch (FileAlreadyExistsException e) {
        return false;
      }
    }
  }
}
