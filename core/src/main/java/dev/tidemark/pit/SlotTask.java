package dev.tidemark.pit;

import dev.tidemark.pit.kernel.SpineIndex;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;
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
import org.jspecify.annotations.Nullable;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;

/**
 * What {@link SlotJoinExec} does with one partition. Expressions are compiled where the task runs.
 *
 * @param columns of the spine, then of each lookup's events
 * @param keys of the spine
 * @param asOf of the spine, microseconds
 * @param lookups the expressions of each, as its spec says
 */
record SlotTask(
    List<Seq<Attribute>> columns,
    Seq<Expression> keys,
    Expression asOf,
    List<Seq<Expression>> lookups,
    List<LookupSpec> specs,
    Seq<Attribute> results,
    Map<String, SQLMetric> metrics)
    implements Serializable {

  /** Runs over the rows of the spine and of each lookup's events. */
  Iterator<InternalRow> run(int partition, List<Iterator<InternalRow>> rows, TaskContext context) {
    RowPages pages = new RowPages(context.taskMemoryManager());
    TaskCompletionListener whenDone = done -> pages.free();
    context.addTaskCompletionListener(whenDone);
    Spine spine = new Spine(pages);
    spine.read(rows.get(0));
    List<SlotLookup> all = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      SlotLookup lookup =
          new SlotLookup(
              specs.get(i),
              Columns.list(lookups.get(i)),
              columns.get(i + 1),
              spine.index(),
              spine.keyIndex,
              pages);
      if (spine.count > 0) {
        lookup.read(rows.get(i + 1));
      }
      all.add(lookup);
      count(SlotMetric.EVENTS_READ, lookup.read());
      count(SlotMetric.EVENTS_MATCHED, lookup.matched());
      count(SlotMetric.LATE_ROWS, lookup.late());
      count(SlotMetric.TIES, lookup.ties());
      count(SlotMetric.SLOTS, lookup.slots());
    }
    count(SlotMetric.SPINE_ROWS, spine.count);
    count(SlotMetric.KEYS, spine.keyIndex.count());
    count(SlotMetric.MEMORY, pages.bytes());
    return new Answers(spine, all);
  }

  private void count(SlotMetric metric, long number) {
    SQLMetric counter = metrics.get(metric.name());
    if (counter != null) {
      counter.add(number);
    }
  }

  /** The spine's rows, kept until they are answered. */
  private final class Spine {
    private final RowPages pages;
    private final KeyIndex keyIndex;
    private int[] keyOf = new int[1024];
    private long[] timeOf = new long[1024];
    private long[] addressOf = new long[1024];
    private int count;
    private @Nullable SpineIndex index;

    Spine(RowPages pages) {
      this.pages = pages;
      this.keyIndex = KeyIndex.of(Columns.list(keys), pages);
    }

    void read(Iterator<InternalRow> runs) {
      KeyIndex.Reader key = keyIndex.adding(Columns.list(keys), columns.get(0));
      Input time = new Input(asOf, columns.get(0));
      PackedRows.Batch batch = PackedRows.of(types(columns.get(0))).new Batch();
      while (runs.hasNext()) {
        PackedRows.open(batch, runs.next());
        while (batch.advance()) {
          for (int i = 0; i < batch.count(); i++) {
            add(batch.row(i), key, time);
          }
        }
      }
      pages.account(20L * keyOf.length + SpineIndex.bytes(count, keyIndex.count()));
    }

    private void add(UnsafeRow row, KeyIndex.Reader key, Input time) {
      if (count == keyOf.length) {
        int length = Math.addExact(count, count >>> 1);
        keyOf = Arrays.copyOf(keyOf, length);
        timeOf = Arrays.copyOf(timeOf, length);
        addressOf = Arrays.copyOf(addressOf, length);
      }
      InternalRow found = time.of(row);
      boolean hasTime = !time.isNull(found);
      keyOf[count] = hasTime ? key.number(row) : KeyIndex.NONE;
      timeOf[count] = hasTime ? time.whole(found) : 0;
      addressOf[count] = pages.append(row);
      count++;
    }

    SpineIndex index() {
      SpineIndex made = index;
      if (made == null) {
        made = new SpineIndex(keyOf, timeOf, count, keyIndex.count());
        index = made;
      }
      return made;
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
    private final Spine spine;
    private final SpineIndex index;
    private final List<SlotLookup> all;
    private final SpecificInternalRow found;
    private final UnsafeProjection answers;
    private final UnsafeRowJoiner joiner;
    private final UnsafeRow row;
    private UnsafeRow answer;
    private int key = -1;
    private int asked = -1;
    private int place;
    private int placeEnd;
    private int unkeyed;

    Answers(Spine spine, List<SlotLookup> all) {
      this.spine = spine;
      this.index = spine.index();
      this.all = all;
      row = new UnsafeRow(columns.get(0).size());
      List<DataType> types = types(results);
      found = new SpecificInternalRow(Columns.list(types));
      answers = UnsafeProjection.create(types.toArray(DataType[]::new));
      answer = answers.apply(found);
      joiner = GenerateUnsafeRowJoiner.create(schema(columns.get(0)), schema(results));
      skipKeyed();
    }

    /** To the next row without key. */
    private void skipKeyed() {
      while (unkeyed < spine.count && spine.keyOf[unkeyed] >= 0) {
        unkeyed++;
      }
    }

    @Override
    public boolean hasNext() {
      return place < placeEnd || asked + 1 < index.askedCount() || unkeyed < spine.count;
    }

    @Override
    public InternalRow next() {
      if (place == placeEnd && asked + 1 < index.askedCount()) {
        toNextAsked();
      }
      if (place < placeEnd) {
        return row(index.row(place++));
      }
      if (unkeyed >= spine.count) {
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
      return joiner.join(spine.pages.point(row, spine.addressOf[number]), answer);
    }
  }
}
