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
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.types.DataType;
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

    void read(Iterator<InternalRow> rows) {
      KeyIndex.Reader key = keyIndex.adding(Columns.list(keys), columns.get(0));
      Input time = new Input(asOf, columns.get(0));
      UnsafeProjection whole = projection(types(columns.get(0)));
      while (rows.hasNext()) {
        InternalRow row = rows.next();
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
        addressOf[count] = pages.append(row instanceof UnsafeRow ready ? ready : whole.apply(row));
        count++;
      }
      pages.account(20L * keyOf.length + SpineIndex.bytes(count, keyIndex.count()));
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

  private static List<DataType> types(Seq<Attribute> attributes) {
    return Columns.list(attributes).stream().map(Attribute::dataType).toList();
  }

  private static UnsafeProjection projection(List<DataType> types) {
    return UnsafeProjection.create(types.toArray(DataType[]::new));
  }

  /** The rows of the spine by key and time, then those without key, each with its results. */
  private final class Answers extends AbstractIterator<InternalRow> {
    private final Spine spine;
    private final SpineIndex index;
    private final List<SlotLookup> all;
    private final @Nullable Object[] found;
    private final JoinedRow joined = new JoinedRow();
    private final GenericInternalRow answers;
    private final UnsafeRow row;
    private final UnsafeProjection output;
    private int key = -1;
    private int asked = -1;
    private int place;
    private int placeEnd;
    private int unkeyed;

    Answers(Spine spine, List<SlotLookup> all) {
      this.spine = spine;
      this.index = spine.index();
      this.all = all;
      List<DataType> types = new ArrayList<>(types(columns.get(0)));
      row = new UnsafeRow(types.size());
      types.addAll(types(results));
      output = projection(types);
      found = new @Nullable Object[results.size()];
      answers = new GenericInternalRow(found);
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
    }

    private InternalRow row(int number) {
      return output.apply(joined.apply(spine.pages.point(row, spine.addressOf[number]), answers));
    }
  }
}
