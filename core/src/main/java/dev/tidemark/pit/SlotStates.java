package dev.tidemark.pit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.codegen.UnsafeRowWriter;
import org.jspecify.annotations.Nullable;

/**
 * What slots hold, in runs like those of {@link PackedRows}, so that slots that were filled in
 * several tasks can be merged in one.
 *
 * <p>A run is a sequence of groups. A group is the number of bytes that follow (int), the code of
 * its key (long), the number of its lookup among those of the input (int), the key as {@link
 * KeyIndex} writes it, and states as {@link SlotLookup} writes them.
 */
final class SlotStates {
  private static final int LENGTH = Integer.BYTES;

  private SlotStates() {}

  /** Writes states; whole runs go to a consumer, each until the next. */
  static final class Writer {
    private final KeyIndex keys;
    private final Packing packing;
    private final Consumer<InternalRow> runs;
    private final long[] codes;
    private final Buffer group = new Buffer();
    private final DataOutputStream out = new DataOutputStream(group);
    private final Runs buffers;
    private int number;
    private int lookup;

    /**
     * @param packing knows the partitions of keys
     */
    Writer(KeyIndex keys, Packing packing, Consumer<InternalRow> runs) {
      this.keys = keys;
      this.packing = packing;
      this.runs = runs;
      this.codes = keys.codes();
      this.buffers = new Runs(packing.partitions());
    }

    /** Begins the next state, which is of this key and lookup. */
    DataOutput next(int ofKey, int ofLookup) throws IOException {
      if (group.size() > PackedRuns.GREATEST || ofKey != number || ofLookup != lookup) {
        end();
      }
      if (group.size() == 0) {
        number = ofKey;
        lookup = ofLookup;
        out.writeInt(0);
        out.writeLong(codes[number]);
        out.writeInt(lookup);
        keys.save(number, codes[number], out);
      }
      return out;
    }

    private void end() throws IOException {
      if (group.size() > 0) {
        group.setLength();
        buffers.add(packing.partitionOf(codes[number]), group.bytes(), group.size(), runs);
        group.reset();
      }
    }

    /** Writes all that is left. */
    void close() throws IOException {
      end();
      buffers.close(runs);
    }
  }

  /** Bytes that begin with their length. */
  private static final class Buffer extends ByteArrayOutputStream {
    byte[] bytes() {
      return buf;
    }

    void setLength() {
      int length = count - LENGTH;
      for (int i = 0; i < LENGTH; i++) {
        buf[i] = (byte) (length >>> (8 * (LENGTH - 1 - i)));
      }
    }
  }

  /** Groups by partition. */
  static final class Runs {
    private final List<@Nullable ByteArrayOutputStream> groups = new ArrayList<>();
    private final UnsafeRowWriter row =
        new UnsafeRowWriter(PackedRows.RUN_COLUMNS, PackedRuns.GREATEST);

    Runs(int partitions) {
      for (int i = 0; i < partitions; i++) {
        groups.add(null);
      }
    }

    void add(int partition, byte[] bytes, int length, Consumer<InternalRow> runs) {
      ByteArrayOutputStream run = groups.get(partition);
      if (run == null) {
        run = new ByteArrayOutputStream();
        groups.set(partition, run);
      }
      run.write(bytes, 0, length);
      if (run.size() > PackedRuns.GREATEST) {
        emit(partition, run, runs);
      }
    }

    void close(Consumer<InternalRow> runs) {
      for (int partition = 0; partition < groups.size(); partition++) {
        ByteArrayOutputStream run = groups.get(partition);
        if (run != null && run.size() > 0) {
          emit(partition, run, runs);
        }
      }
    }

    private void emit(int partition, ByteArrayOutputStream run, Consumer<InternalRow> runs) {
      row.reset();
      row.zeroOutNullBytes();
      row.write(PackedRows.PARTITION, partition);
      row.write(PackedRows.IS_STATES, true);
      row.write(PackedRows.BYTES, run.toByteArray());
      run.reset();
      runs.accept(row.getRow());
    }
  }

  /** Adds the states of a run to the slots of the same lookups. */
  static void load(InternalRow run, KeyIndex keys, List<SlotLookup> lookups) throws IOException {
    ByteArrayInputStream bytes = new ByteArrayInputStream(run.getBinary(PackedRows.BYTES));
    DataInputStream in = new DataInputStream(bytes);
    while (bytes.available() > 0) {
      int length = in.readInt();
      int end = bytes.available() - length;
      long code = in.readLong();
      SlotLookup lookup = lookups.get(in.readInt());
      int number = keys.load(code, in);
      if (number == KeyIndex.NONE) {
        in.skipNBytes(bytes.available() - end);
      }
      while (bytes.available() > end) {
        lookup.load(number, in);
      }
    }
  }

  /** Gives each group of a run to the run of its key's partition. */
  static void split(InternalRow run, Packing packing, Runs into, Consumer<InternalRow> runs) {
    byte[] bytes = run.getBinary(PackedRows.BYTES);
    java.nio.ByteBuffer all = java.nio.ByteBuffer.wrap(bytes);
    while (all.hasRemaining()) {
      int start = all.position();
      int end = start + LENGTH + all.getInt();
      int partition = packing.partitionOf(all.getLong());
      into.add(partition, java.util.Arrays.copyOfRange(bytes, start, end), end - start, runs);
      all.position(end);
    }
  }
}
