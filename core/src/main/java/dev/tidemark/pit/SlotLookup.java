package dev.tidemark.pit;

import dev.tidemark.pit.kernel.Slots;
import dev.tidemark.pit.kernel.Spans;
import dev.tidemark.pit.kernel.SpineIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BaseOrdering;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NullsFirst$;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;

/**
 * One lookup in one partition: reads all events once, then answers key by key.
 *
 * <p>Times are moved by the lag, so that an event e counts for a window w of an asked time T iff it
 * is known by T and e &gt; T - w. An event that is known at the first asked time not before its own
 * time counts from its slot on. One that becomes known later, or is replaced, goes to {@link
 * Spans}.
 */
final class SlotLookup {
  private final LookupSpec spec;
  private final SpineIndex spine;
  private final Slots slots;
  private final Spans windowSpans;
  private final Spans latestSpans;
  private final Slots.Cursor cursor;
  private final boolean anyBefore;

  private final KeyIndex.Reader key;
  private final Input eventTime;
  private final Input visibleFrom;
  private final Input deleted;
  private final @Nullable Input replacedFrom;
  private final @Nullable Input filter;
  private final List<Input> conditions = new ArrayList<>();
  // Of the event that is read: whether it meets a condition, as far as it was asked.
  private final @Nullable Boolean[] met;
  private final SlotFunction[] functions;
  private final int[] conditionOf;
  private final @Nullable UnsafeProjection payload;
  private final List<DataType> payloadTypes = new ArrayList<>();
  private final LatestEvents[] latest;
  private final int[] latestSlot;

  private long read;
  private long matched;
  private long late;

  SlotLookup(
      LookupSpec spec,
      List<Expression> expressions,
      Seq<Attribute> columns,
      SpineIndex spine,
      KeyIndex keys,
      RowPages pages) {
    this.spec = spec;
    this.spine = spine;
    long[] windows = spec.windows().stream().mapToLong(Long::longValue).toArray();
    pages.account(Slots.bytes(spine.askedCount(), windows.length));
    slots = new Slots(spine, windows);
    cursor = slots.new Cursor();
    windowSpans = new Spans(spine, Math.max(1, windows.length), slots.count());
    latestSpans = new Spans(spine, 1, spine.askedCount());
    anyBefore =
        !spec.choices().isEmpty()
            || spec.windows().contains(Slots.UNBOUNDED)
            || windows.length == 0;
    key = keys.finding(expressions.subList(0, spec.keys()), columns);
    eventTime = new Input(expressions.get(spec.firstTime()), columns);
    visibleFrom = new Input(expressions.get(spec.firstTime() + 1), columns);
    deleted = new Input(expressions.get(spec.firstTime() + 2), columns);
    replacedFrom = spec.replaced() ? new Input(expressions.get(spec.replacedAt()), columns) : null;
    filter = spec.filtered() ? new Input(expressions.get(spec.filterAt()), columns) : null;
    for (int i = 0; i < spec.conditions(); i++) {
      conditions.add(new Input(expressions.get(spec.firstCondition() + i), columns));
    }
    met = new @Nullable Boolean[spec.conditions()];
    functions = new SlotFunction[spec.functions().size()];
    conditionOf = new int[functions.length];
    long slotBytes = 0;
    for (int i = 0; i < functions.length; i++) {
      Integer condition = spec.functions().get(i);
      conditionOf[i] = condition == null ? -1 : condition;
      functions[i] =
          SlotFunction.of(
              (AggregateFunction) expressions.get(spec.firstFunction() + i),
              columns,
              windows.length);
      slotBytes += functions[i].slotBytes();
    }
    pages.account(
        slotBytes * slots.count()
            + LatestEvents.slotBytes() * spec.choices().size() * spine.askedCount());
    for (SlotFunction function : functions) {
      function.reserve(slots.count());
    }
    List<Expression> wanted =
        expressions.subList(spec.firstPayload(), spec.firstPayload() + spec.payload());
    wanted.forEach(expression -> payloadTypes.add(expression.dataType()));
    payload = wanted.isEmpty() ? null : UnsafeProjection.create(Columns.seq(wanted), columns);
    latest = new LatestEvents[spec.choices().size()];
    latestSlot = new int[latest.length];
    for (int i = 0; i < latest.length; i++) {
      latest[i] = new LatestEvents(pages, ordering(), spec.payload());
      latest[i].reserve(spine.askedCount());
    }
  }

  private BaseOrdering ordering() {
    List<SortOrder> order = new ArrayList<>();
    for (int column : spec.order()) {
      order.add(
          new SortOrder(
              new BoundReference(column, payloadTypes.get(column), true),
              Ascending$.MODULE$,
              NullsFirst$.MODULE$,
              Columns.seq(List.<Expression>of())));
    }
    return RowOrdering.create(Columns.seq(order), Columns.seq(List.<Attribute>of()));
  }

  /** Reads all events. */
  void read(Iterator<InternalRow> events) {
    while (events.hasNext()) {
      read++;
      read(events.next());
    }
    for (SlotFunction function : functions) {
      function.seal(slots.count());
    }
    for (LatestEvents choice : latest) {
      choice.reserve(latestSpans.end());
    }
  }

  private void read(InternalRow event) {
    int number = key.number(event);
    if (number < 0) {
      return;
    }
    InternalRow timeRow = eventTime.of(event);
    if (eventTime.isNull(timeRow)) {
      return;
    }
    long lag = spec.lagMicros();
    long time = plus(eventTime.whole(timeRow), lag + (spec.exclusive() ? 1 : 0));
    InternalRow visibleRow = visibleFrom.of(event);
    if (visibleFrom.isNull(visibleRow)) {
      return;
    }
    long known = Math.max(time, plus(visibleFrom.whole(visibleRow), lag));
    int slot = slots.slotOf(number, time);
    if (slot < 0) {
      return;
    }
    int asked = slots.askedAt(slot);
    int end = spine.firstAsked(number + 1);
    int from = asked;
    if (known > spine.time(asked)) {
      from = spine.askedFrom(number, known);
      if (from == end) {
        return;
      }
    }
    int to = end;
    if (replacedFrom != null) {
      InternalRow replacedRow = replacedFrom.of(event);
      if (!replacedFrom.isNull(replacedRow)) {
        to = spine.askedFrom(number, plus(replacedFrom.whole(replacedRow), lag));
      }
    }
    if (from >= to || (!anyBefore && from == asked && slot == slots.firstSlot(number))) {
      return;
    }
    if (filter != null && !filter.isTrue(filter.of(event))) {
      return;
    }
    matched++;
    boolean isLate = from != asked || to != end;
    late += isLate ? 1 : 0;
    boolean isDeleted = deleted.isTrue(deleted.of(event));
    Arrays.fill(met, null);
    if (!isDeleted && functions.length > 0) {
      if (isLate) {
        addToSpans(number, time, from, to, event);
      } else {
        add(slot, event);
      }
    }
    if (latest.length > 0) {
      offer(number, time, asked, isLate ? from : -1, to, isDeleted, event);
    }
  }

  private void add(int slot, InternalRow event) {
    for (int i = 0; i < functions.length; i++) {
      if (conditionOf[i] < 0 || meets(conditionOf[i], event)) {
        functions[i].update(slot, event);
      }
    }
  }

  private boolean meets(int number, InternalRow event) {
    Boolean known = met[number];
    if (known == null) {
      Input condition = conditions.get(number);
      known = condition.isTrue(condition.of(event));
      met[number] = known;
    }
    return known;
  }

  private void addToSpans(int number, long time, int from, int to, InternalRow event) {
    for (int window = 0; window < slots.windows(); window++) {
      long length = slots.window(window);
      int until = to;
      if (length != Slots.UNBOUNDED) {
        until = Math.min(to, spine.askedFrom(number, plus(time, length)));
      }
      if (from < until) {
        int count = windowSpans.cover(number, window, from, until);
        for (SlotFunction function : functions) {
          function.reserve(windowSpans.end());
        }
        for (int i = 0; i < count; i++) {
          add(windowSpans.slot(i), event);
        }
      }
    }
  }

  private void offer(
      int number, long time, int asked, int from, int to, boolean isDeleted, InternalRow event) {
    UnsafeRow row = null;
    int count = from < 0 ? 1 : latestSpans.cover(number, 0, from, to);
    for (int i = 0; i < latest.length; i++) {
      LookupSpec.Choice choice = spec.choices().get(i);
      if (choice.condition() != null && !meets(choice.condition(), event)) {
        continue;
      }
      latest[i].reserve(latestSpans.end());
      for (int j = 0; j < count; j++) {
        int slot = from < 0 ? asked : latestSpans.slot(j);
        if (latest[i].mayBeLatest(slot, time)) {
          if (row == null && payload != null) {
            row = payload.apply(event);
          }
          if (row != null
              && (choice.notNull() == null || isDeleted || !row.isNullAt(choice.notNull()))) {
            latest[i].offer(slot, time, row);
          }
        }
      }
    }
  }

  private static long plus(long time, long span) {
    long sum = time + span;
    return ((time ^ sum) & (span ^ sum)) < 0 ? (span > 0 ? Long.MAX_VALUE : Long.MIN_VALUE) : sum;
  }

  void open(int number) {
    cursor.open(number);
    for (SlotFunction function : functions) {
      function.open(slots.firstSlot(number));
    }
    for (LatestEvents events : latest) {
      events.open();
    }
  }

  /** Writes the results as of an asked time of the open key into {@code row} from a column on. */
  void answer(int number, int asked, @Nullable Object[] row, int column) {
    cursor.move(asked);
    if (latest.length > 0) {
      int singles = latestSpans.at(number, 0, asked);
      for (int i = 0; i < latest.length; i++) {
        latestSlot[i] = latest[i].move(asked, latestSpans, singles);
      }
    }
    int window = -1;
    int singles = 0;
    for (int i = 0; i < spec.results().size(); i++) {
      LookupSpec.Result result = spec.results().get(i);
      if (result instanceof LookupSpec.OfWindow of) {
        if (of.window() != window) {
          window = of.window();
          singles = windowSpans.at(number, window, asked);
        }
        row[column + i] =
            functions[of.function()].result(
                window, cursor.from(window), cursor.to(), windowSpans, singles);
      } else if (result instanceof LookupSpec.OfLatest of) {
        row[column + i] = value(of, spine.time(asked));
      }
    }
  }

  private @Nullable Object value(LookupSpec.OfLatest of, long time) {
    LatestEvents events = latest[of.choice()];
    int slot = latestSlot[of.choice()];
    if (slot < 0) {
      return null;
    }
    // A ttl is counted from the event's time, also where T itself is excluded.
    long since = events.time(slot) - (spec.exclusive() ? 1 : 0);
    if (of.ttlMicros() != Slots.UNBOUNDED && plus(since, of.ttlMicros()) <= time) {
      return null;
    }
    UnsafeRow found = events.row(slot);
    return found.isNullAt(of.column())
        ? null
        : InternalRow.copyValue(found.get(of.column(), payloadTypes.get(of.column())));
  }

  /** The results for a row without key. */
  void answerNothing(@Nullable Object[] row, int column) {
    for (int i = 0; i < spec.results().size(); i++) {
      row[column + i] =
          spec.results().get(i) instanceof LookupSpec.OfWindow of
              ? functions[of.function()].empty()
              : null;
    }
  }

  long read() {
    return read;
  }

  long matched() {
    return matched;
  }

  long late() {
    return late;
  }

  long ties() {
    long ties = 0;
    for (LatestEvents events : latest) {
      ties += events.ties();
    }
    return ties;
  }

  long slots() {
    return slots.count();
  }
}
