package dev.tidemark.pit;

import dev.tidemark.pit.kernel.SpineIndex;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.memory.SparkOutOfMemoryError;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.codegen.GenerateUnsafeRowJoiner;
import org.apache.spark.sql.catalyst.expressions.codegen.UnsafeRowJoiner;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;
import scala.collection.Iterator$;
import scala.collection.immutable.Seq;

/**
 * What {@link SlotJoinExec} does with one partition. Expressions are compiled where the task runs.
 *
 * @param columns of the spine, then of each lookup's events
 * @param keys of the spine
 * @param asOf of the spine, microseconds
 * @param lookups the expressions of each, as its spec says
 * @param memoryLimit bytes that a partition may take before it is split; Spark may grant less
 */
record SlotTask(
    List<Seq<Attribute>> columns,
    Seq<Expression> keys,
    Expression asOf,
    List<Seq<Expression>> lookups,
    List<LookupSpec> specs,
    Seq<Attribute> results,
    Map<String, SQLMetric> metrics,
    long memoryLimit)
    implements Serializable {
  private static final int SPLIT_INTO = 8;
  private static final int DEEPEST_SPLIT = 4;

  /** Reads one input's packed rows from the start, each time that it is called. */
  interface Runs {
    Iterator<InternalRow> iterator();
  }

  /** Runs over the packed rows of the spine and of all events. */
  Iterator<InternalRow> run(List<Runs> inputs, TaskContext context) {
    return part(inputs, context, 0);
  }

  /**
   * What does not fit in memory is split by key, and its parts are run one after the other.
   *
   * @param depth how often these inputs were split
   */
  private Iterator<InternalRow> part(List<Runs> inputs, TaskContext context, int depth) {
    RowPages pages = new RowPages(context.taskMemoryManager(), memoryLimit);
    TaskCompletionListener whenDone = done -> pages.free();
    context.addTaskCompletionListener(whenDone);
    try {
      return answers(inputs, pages);
    } catch (SparkOutOfMemoryError tooLarge) {
      pages.free();
      if (depth == DEEPEST_SPLIT) {
        throw tooLarge;
      }
      return split(inputs, context, depth + 1);
    }
  }

  private Iterator<InternalRow> split(List<Runs> inputs, TaskContext context, int depth) {
    count(SlotMetric.SPLITS, 1);
    List<List<Runs>> parts = new ArrayList<>();
    for (int part = 0; part < SPLIT_INTO; part++) {
      parts.add(new ArrayList<>());
    }
    for (int input = 0; input < inputs.size(); input++) {
      SpilledRuns spilled = new SpilledRuns(SPLIT_INTO, context);
      Packing packing =
          new Packing(
              columns.get(input),
              keysOf(input),
              Columns.seq(List.of()),
              input == 0,
              SPLIT_INTO,
              depth,
              java.util.Objects.requireNonNull(metrics.get(SlotMetric.SPLIT_ROWS.name())));
      SlotStates.Runs states = new SlotStates.Runs(SPLIT_INTO);
      packing
          .run(
              0,
              PackedRows.of(types(columns.get(input)))
                  .unpacked(
                      inputs.get(input).iterator(),
                      run -> SlotStates.split(run, packing, states, spilled::write)))
          .forEachRemaining(spilled::write);
      states.close(spilled::write);
      spilled.close();
      count(SlotMetric.SPILL, spilled.bytes());
      for (int part = 0; part < SPLIT_INTO; part++) {
        int number = part;
        parts.get(part).add(() -> spilled.iterator(number));
      }
    }
    return new AbstractIterator<>() {
      private int next;
      private Iterator<InternalRow> rows = Iterator$.MODULE$.<InternalRow>empty();

      @Override
      public boolean hasNext() {
        while (!rows.hasNext() && next < SPLIT_INTO) {
          rows = part(parts.get(next++), context, depth);
        }
        return rows.hasNext();
      }

      @Override
      public InternalRow next() {
        return hasNext() ? rows.next() : Iterator$.MODULE$.<InternalRow>empty().next();
      }
    };
  }

  private Seq<Expression> keysOf(int input) {
    for (int i = 0; i < specs.size(); i++) {
      if (specs.get(i).input() == input) {
        return Columns.seq(Columns.list(lookups.get(i)).subList(0, specs.get(i).keys()));
      }
    }
    return keys;
  }

  private Iterator<InternalRow> answers(List<Runs> inputs, RowPages pages) {
    SpineRows spine = new SpineRows(columns.get(0), keys, asOf, pages, true);
    spine.read(inputs.get(0).iterator());
    List<SlotLookup> all = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      LookupSpec spec = specs.get(i);
      all.add(
          new SlotLookup(
              spec,
              Columns.list(lookups.get(i)),
              columns.get(spec.input()),
              spine.index(),
              spine.keys(),
              pages));
    }
    if (spine.count() > 0) {
      for (int input = 1; input < columns.size(); input++) {
        int number = input;
        long start = System.nanoTime();
        read(
            inputs.get(input).iterator(),
            types(columns.get(input)),
            spine.keys(),
            all.stream().filter(lookup -> lookup.input() == number).toList());
        count(SlotJoinExec.timeOf(input), System.nanoTime() - start);
      }
    }
    for (SlotLookup lookup : all) {
      lookup.seal();
      count(SlotMetric.EVENTS_READ, lookup.read());
      count(SlotMetric.EVENTS_MATCHED, lookup.matched());
      count(SlotMetric.LATE_ROWS, lookup.late());
      count(SlotMetric.TIES, lookup.ties());
      count(SlotMetric.SLOTS, lookup.slots());
    }
    count(SlotMetric.SPINE_ROWS, spine.count());
    count(SlotMetric.KEYS, spine.keys().count());
    count(SlotMetric.MEMORY, pages.bytes());
    return new Answers(spine, all, pages);
  }

  private static void read(
      Iterator<InternalRow> runs, List<DataType> types, KeyIndex keys, List<SlotLookup> readers) {
    PackedRows.Batch batch = PackedRows.of(types).new Batch();
    while (runs.hasNext()) {
      InternalRow run = runs.next();
      if (run.getBoolean(PackedRows.IS_STATES)) {
        load(run, keys, readers);
        continue;
      }
      PackedRows.open(batch, run);
      while (batch.advance()) {
        for (SlotLookup reader : readers) {
          reader.read(batch);
        }
      }
    }
  }

  private static void load(InternalRow states, KeyIndex keys, List<SlotLookup> readers) {
    try {
      SlotStates.load(states, keys, readers);
      readers.forEach(SlotLookup::account);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void count(SlotMetric metric, long number) {
    count(metric.name(), number);
  }

  private void count(String metric, long number) {
    SQLMetric counter = metrics.get(metric);
    if (counter != null) {
      counter.add(number);
    }
  }

  static List<DataType> types(Seq<Attribute> attributes) {
    return Columns.list(attributes).stream().map(Attribute::dataType).toList();
  }

  private static StructType schema(Seq<Attribute> attributes) {
    StructType schema = new StructType();
    for (Attribute attribute : Columns.list(attributes)) {
      schema = schema.add(attribute.name(), attribute.dataType(), true);
    }
    return schema;
  }

  /** The rows of the spine by key and time, then those without key, each with its results. */
  private final class Answers extends AbstractIterator<InternalRow> {
    private final SpineRows spine;
    private final RowPages pages;
    private final SpineIndex index;
    private final List<SlotLookup> all;
    private final SpecificInternalRow found;
    private final UnsafeProjection answers;
    private final UnsafeRowJoiner joiner;
    private UnsafeRow answer;
    private int key = -1;
    private int asked = -1;
    private int place;
    private int placeEnd;
    private int unkeyed;

    Answers(SpineRows spine, List<SlotLookup> all, RowPages pages) {
      this.spine = spine;
      this.pages = pages;
      this.index = spine.index();
      this.all = all;
      List<DataType> types = types(results);
      found = new SpecificInternalRow(Columns.list(types));
      answers = UnsafeProjection.create(types.toArray(DataType[]::new));
      answer = answers.apply(found);
      joiner = GenerateUnsafeRowJoiner.create(schema(columns.get(0)), schema(results));
      skipKeyed();
    }

    /** To the next row without key. */
    private void skipKeyed() {
      while (unkeyed < spine.count() && spine.hasKey(unkeyed)) {
        unkeyed++;
      }
    }

    @Override
    public boolean hasNext() {
      boolean more = place < placeEnd || asked + 1 < index.askedCount() || unkeyed < spine.count();
      if (!more) {
        pages.free();
      }
      return more;
    }

    @Override
    public InternalRow next() {
      if (place == placeEnd && asked + 1 < index.askedCount()) {
        toNextAsked();
      }
      if (place < placeEnd) {
        return row(index.row(place++));
      }
      if (unkeyed >= spine.count()) {
        throw new java.util.NoSuchElementException();
      }
      int column = 0;
      for (int i = 0; i < all.size(); i++) {
        all.get(i).answerNothing(found, column);
        column += specs.get(i).results().size();
      }
      answer = answers.apply(found);
      InternalRow result = row(unkeyed++);
      skipKeyed();
      return result;
    }

    private void toNextAsked() {
      asked++;
      if (key < 0 || asked == index.firstAsked(key + 1)) {
        key++;
        all.forEach(lookup -> lookup.open(key));
      }
      place = index.firstRow(asked);
      placeEnd = index.firstRow(asked + 1);
      int column = 0;
      for (int i = 0; i < all.size(); i++) {
        all.get(i).answer(key, asked, found, column);
        column += specs.get(i).results().size();
      }
      answer = answers.apply(found);
    }

    private InternalRow row(int number) {
      return joiner.join(spine.row(number), answer);
    }
  }
}
