package dev.tidemark.pit;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import org.apache.spark.TaskContext;
import org.apache.spark.memory.SparkOutOfMemoryError;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What {@link PackSlotsExec} does with one partition of events. Its result are runs of {@link
 * PackedRows}, then of {@link SlotStates}. Where memory is short, the rest is sent as it is.
 *
 * @param packing of the events
 * @param lookups the expressions of each, as its spec says
 * @param memoryLimit bytes that the slots may take; Spark may grant less
 */
record PartialSlots(
    Packing packing,
    SomeSpine someSpine,
    List<Seq<Expression>> lookups,
    List<LookupSpec> specs,
    Map<String, SQLMetric> metrics,
    long memoryLimit)
    implements Serializable {

  /** What is counted, as Spark's UI shows it. */
  enum Metric {
    READ("events read"),
    IN_SLOTS("events put into slots"),
    SENT("events sent as they are");

    private final String title;

    Metric(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  /**
   * @param spine packed rows
   */
  Iterator<InternalRow> run(int partition, Iterator<InternalRow> events, InternalRow[] spine) {
    TaskContext context = TaskContext.get();
    RowPages pages = new RowPages(context.taskMemoryManager(), memoryLimit);
    TaskCompletionListener whenDone = done -> pages.free();
    context.addTaskCompletionListener(whenDone);
    Task task;
    try {
      task = new Task(spine, events, pages);
    } catch (SparkOutOfMemoryError tooLarge) {
      pages.free();
      return packing.run(partition, events);
    }
    return new Chained(packing.run(partition, task), task);
  }

  /** First all of one iterator, then the states of the slots. */
  private static final class Chained implements Iterator<InternalRow> {
    private final Iterator<InternalRow> first;
    private final Task task;
    private @Nullable Iterator<InternalRow> second;

    Chained(Iterator<InternalRow> first, Task task) {
      this.first = first;
      this.task = task;
    }

    @Override
    public boolean hasNext() {
      if (second == null && first.hasNext()) {
        return true;
      }
      Iterator<InternalRow> states = second == null ? task.states() : second;
      second = states;
      return states.hasNext();
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return (second == null ? first : second).next();
    }
  }

  /** Iterates over the events that are not put into slots. */
  private final class Task implements Iterator<InternalRow> {
    private static final int RUN = 64 << 10;

    private final Iterator<InternalRow> events;
    private final RowPages pages;
    private final SpineRows spine;
    private final List<SlotLookup> readers = new ArrayList<>();
    private final PackedRows format;
    private final UnsafeProjection whole;
    private final PackedRows.Batch batch;
    private final boolean[] left = new boolean[PackedRows.Batch.MOST];
    private byte[] run = new byte[RUN];
    private @Nullable UnsafeRow waiting;
    private int next;
    private boolean full;

    Task(InternalRow[] spineRuns, Iterator<InternalRow> events, RowPages pages) {
      this.events = events;
      this.pages = pages;
      spine = new SpineRows(someSpine.columns(), someSpine.keys(), someSpine.asOf(), pages, false);
      spine.read(CollectionConverters.asScala(Arrays.asList(spineRuns).iterator()));
      for (int i = 0; i < specs.size(); i++) {
        SlotLookup reader =
            new SlotLookup(
                specs.get(i),
                Columns.list(lookups.get(i)),
                packing.columns(),
                spine.index(),
                spine.keys(),
                pages);
        reader.willSave();
        readers.add(reader);
      }
      List<DataType> types =
          Columns.list(packing.columns()).stream().map(Attribute::dataType).toList();
      format = PackedRows.of(types);
      whole = UnsafeProjection.create(types.toArray(DataType[]::new));
      batch = format.new Batch();
    }

    @Override
    public boolean hasNext() {
      while (true) {
        while (next < batch.count() && !left[next]) {
          next++;
        }
        if (next < batch.count()) {
          return true;
        }
        next = 0;
        if (!batch.advance()) {
          if (full) {
            return waiting != null || events.hasNext();
          }
          if (!fill()) {
            return false;
          }
          continue;
        }
        sort();
      }
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      if (next < batch.count()) {
        return batch.row(next++);
      }
      UnsafeRow first = waiting;
      waiting = null;
      return first == null ? events.next() : first;
    }

    /** Packs the next events; whether there are any. */
    private boolean fill() {
      int filled = 0;
      UnsafeRow first = waiting;
      if (first != null) {
        waiting = null;
        filled = add(first, 0);
      }
      while (events.hasNext()) {
        InternalRow event = events.next();
        UnsafeRow row = event instanceof UnsafeRow unsafe ? unsafe : whole.apply(event);
        if (filled > 0 && filled + format.size(row) > run.length) {
          // The row stays as it is until the next call.
          waiting = row;
          break;
        }
        filled = add(row, filled);
      }
      batch.open(run, Platform.BYTE_ARRAY_OFFSET, filled);
      return filled > 0;
    }

    private int add(UnsafeRow row, int at) {
      int size = format.size(row);
      if (at + size > run.length) {
        run = Arrays.copyOf(run, at + size);
      }
      format.write(row, run, at);
      return at + size;
    }

    /** Puts the events of the batch into slots, but those that are left. */
    private void sort() {
      count(Metric.READ, batch.count());
      Arrays.fill(left, 0, batch.count(), true);
      if (full || !hasRoom()) {
        full = true;
        return;
      }
      Arrays.fill(left, 0, batch.count(), false);
      for (SlotLookup reader : readers) {
        reader.find(batch, left, !someSpine.complete());
      }
      int taken = 0;
      for (int i = 0; i < batch.count(); i++) {
        taken += left[i] ? 0 : 1;
      }
      if (taken > 0) {
        readers.forEach(reader -> reader.addWithout(left));
      }
      count(Metric.IN_SLOTS, taken);
    }

    /** Whether the slots can take a batch, however much of it is new to them. */
    private boolean hasRoom() {
      try {
        long most = 0;
        for (SlotLookup reader : readers) {
          most += reader.mostGrowth(run.length);
        }
        pages.checkRoom(most);
        return true;
      } catch (SparkOutOfMemoryError tooLarge) {
        return false;
      }
    }

    Iterator<InternalRow> states() {
      return new States(spine.keys(), readers, pages);
    }
  }

  /** The runs of all states, of which few are in memory at once. */
  private final class States implements Iterator<InternalRow> {
    private final Iterator<SlotLookup.Saver> savers;
    private final RowPages pages;
    private final SlotStates.Writer writer;
    private final Queue<InternalRow> ready = new ArrayDeque<>();
    private SlotLookup.@Nullable Saver saver;
    private boolean closed;

    States(KeyIndex keys, List<SlotLookup> readers, RowPages pages) {
      this.pages = pages;
      writer = new SlotStates.Writer(keys, packing, run -> ready.add(run.copy()));
      List<SlotLookup.Saver> all = new ArrayList<>();
      for (int i = 0; i < readers.size(); i++) {
        all.add(readers.get(i).saver(i));
      }
      savers = all.iterator();
    }

    @Override
    public boolean hasNext() {
      try {
        while (ready.isEmpty() && !closed) {
          if (saver == null || !saver.saveNext(writer)) {
            if (savers.hasNext()) {
              saver = savers.next();
            } else {
              closed = true;
              writer.close();
              pages.free();
            }
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return !ready.isEmpty();
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return ready.remove();
    }
  }

  private void count(Metric metric, long number) {
    Objects.requireNonNull(metrics.get(metric.name())).add(number);
  }
}
