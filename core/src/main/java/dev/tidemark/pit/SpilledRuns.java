package dev.tidemark.pit;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.ExternalAppendOnlyUnsafeRowArray;
import org.apache.spark.util.TaskCompletionListener;
import scala.collection.Iterator;

/** Packed rows by part, which Spark spills to disk where memory is short. */
final class SpilledRuns {
  private final List<ExternalAppendOnlyUnsafeRowArray> parts = new ArrayList<>();

  SpilledRuns(int count, TaskContext context) {
    SparkEnv env = SparkEnv.get();
    for (int i = 0; i < count; i++) {
      parts.add(
          new ExternalAppendOnlyUnsafeRowArray(
              context.taskMemoryManager(),
              env.blockManager(),
              env.serializerManager(),
              context,
              1024,
              env.memoryManager().pageSizeBytes(),
              0,
              0,
              Integer.MAX_VALUE,
              Long.MAX_VALUE));
    }
    TaskCompletionListener whenDone =
        done -> parts.forEach(ExternalAppendOnlyUnsafeRowArray::clear);
    context.addTaskCompletionListener(whenDone);
  }

  /** Adds rows of {@link Pack}'s result, whose partition is the part. */
  void add(java.util.Iterator<InternalRow> runs) {
    while (runs.hasNext()) {
      UnsafeRow run = (UnsafeRow) runs.next();
      parts.get(run.getInt(0)).add(run);
    }
  }

  /** How many bytes are on disk. */
  long bytes() {
    return parts.stream().mapToLong(ExternalAppendOnlyUnsafeRowArray::spillSize).sum();
  }

  @SuppressWarnings("unchecked") // unsafe rows are rows
  Iterator<InternalRow> iterator(int part) {
    return (Iterator<InternalRow>) (Iterator<?>) parts.get(part).generateIterator();
  }
}
