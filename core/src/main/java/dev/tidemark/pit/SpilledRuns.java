package dev.tidemark.pit;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.executor.ShuffleWriteMetrics;
import org.apache.spark.serializer.SerializerInstance;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.UnsafeRowSerializer;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.DiskBlockObjectWriter;
import org.apache.spark.util.TaskCompletionListener;
import scala.Tuple2;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;

/**
 * Packed rows by part, in a temporary file each, compressed and encrypted as Spark's own spills
 * are.
 *
 * <p>They go to disk at once: runs are written when memory is short, and Spark's spillable arrays
 * do not give way to one another.
 */
final class SpilledRuns {
  private static final int BUFFER_BYTES = 32 * 1024;

  private final SparkEnv env = SparkEnv.get();
  private final SerializerInstance serializer =
      new UnsafeRowSerializer(PackedRows.RUN_COLUMNS, null).newInstance();
  private final TaskContext context;
  private final List<Part> parts = new ArrayList<>();
  private long bytes;

  SpilledRuns(int count, TaskContext context) {
    this.context = context;
    for (int i = 0; i < count; i++) {
      parts.add(new Part());
    }
    TaskCompletionListener whenDone = done -> parts.forEach(Part::delete);
    context.addTaskCompletionListener(whenDone);
  }

  /** Writes a row of {@link Pack}'s result, whose partition is the part. */
  void write(InternalRow run) {
    int part = run.getInt(PackedRows.PARTITION);
    parts.get(part).writer.write(part, run);
  }

  /** All are written. */
  void close() {
    for (Part part : parts) {
      bytes += part.writer.commitAndGet().length();
      part.writer.close();
    }
    context.taskMetrics().incDiskBytesSpilled(bytes);
  }

  /** How many bytes are on disk. */
  long bytes() {
    return bytes;
  }

  Iterator<InternalRow> iterator(int part) {
    return parts.get(part).read();
  }

  private final class Part {
    private final BlockId block;
    private final File file;
    private final DiskBlockObjectWriter writer;
    private final List<Closeable> readers = new ArrayList<>();

    Part() {
      Tuple2<? extends BlockId, File> made =
          env.blockManager().diskBlockManager().createTempLocalBlock();
      block = made._1();
      file = made._2();
      writer =
          env.blockManager()
              .getDiskWriter(block, file, serializer, BUFFER_BYTES, new ShuffleWriteMetrics());
    }

    Iterator<InternalRow> read() {
      if (file.length() == 0) {
        return scala.collection.Iterator$.MODULE$.empty();
      }
      try {
        var stream =
            serializer.deserializeStream(
                env.serializerManager()
                    .wrapStream(
                        block, new BufferedInputStream(new FileInputStream(file), BUFFER_BYTES)));
        readers.add(stream);
        Iterator<Tuple2<Object, Object>> pairs = stream.asKeyValueIterator();
        return new AbstractIterator<>() {
          @Override
          public boolean hasNext() {
            return pairs.hasNext();
          }

          @Override
          public InternalRow next() {
            return (InternalRow) pairs.next()._2();
          }
        };
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void delete() {
      writer.close();
      for (Closeable reader : readers) {
        try {
          reader.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      file.delete();
    }
  }
}
