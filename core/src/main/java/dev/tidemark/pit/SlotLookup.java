package dev.tidemark.pit;

import dev.tidemark.pit.kernel.Slots;
import dev.tidemark.pit.kernel.Spans;
import dev.tidemark.pit.kernel.SpineIndex;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntConsumer;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BaseOrdering;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NullsFirst$;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;
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

  private final KeyIndex.Finder key;
  private final Input eventTime;
  private final Input visibleFrom;
  private final Input deleted;
  private final @Nullable Input replacedFrom;
  private final @Nullable Input state;
  private final @Nullable Input filter;
  private final List<Input> conditions = new ArrayList<>();
  private final boolean[] isConditionOfFunction;
  private final boolean mayBeLate;
  private final boolean deletes;
  private final SlotFunction[] functions;
  private final int[] conditionOf;
  private final UnsafeProjection payload;
  private final List<DataType> payloadTypes = new ArrayList<>();
  private final LatestEvents[] latest;
  private final int[] latestSlot;
  private final LookupSpec.Result[] results;

  // Of the batch that is read.
  private PackedRows.Batch batch;
  private final Selection all = new Selection();
  private final Selection selected = new Selection();
  private final Selection met = new Selection();
  private final int[] numbers = new int[PackedRows.Batch.MOST];
  private final int[] slotOf = new int[PackedRows.Batch.MOST];
  private final long[] times = new long[PackedRows.Batch.MOST];
  private final long[] known = new long[PackedRows.Batch.MOST];
  private final long[] replacedAt = new long[PackedRows.Batch.MOST];
  private final boolean[] neverReplaced = new boolean[PackedRows.Batch.MOST];
  private final boolean[] isLate = new boolean[PackedRows.Batch.MOST];
  // What was added to, if it will be saved.
  private @Nullable BitSet touchedSlots;
  private @Nullable BitSet touchedAsked;

  private final RowPages pages;
  private final long slotBytes;
  private final long latestBytes;
  private long accounted;
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
    this.pages = pages;
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
    batch = PackedRows.of(SlotTask.types(columns)).new Batch();
    Inputs inputs = new Inputs(columns);
    key = keys.finding(expressions.subList(0, spec.keys()), columns);
    eventTime = inputs.of(expressions.get(spec.firstTime()));
    visibleFrom = inputs.of(expressions.get(spec.firstTime() + 1));
    Expression isDeleted = expressions.get(spec.firstTime() + 2);
    deleted = inputs.of(isDeleted);
    deletes = !(isDeleted instanceof Literal literal && Boolean.FALSE.equals(literal.value()));
    replacedFrom = spec.replaced() ? inputs.of(expressions.get(spec.replacedAt())) : null;
    mayBeLate = replacedFrom != null || visibleFrom != eventTime;
    state = spec.stated() ? inputs.of(expressions.get(spec.stateAt())) : null;
    filter = spec.filtered() ? inputs.of(expressions.get(spec.filterAt())) : null;
    for (int i = 0; i < spec.conditions(); i++) {
      conditions.add(inputs.of(expressions.get(spec.firstCondition() + i)));
    }
    isConditionOfFunction = new boolean[spec.conditions()];
    for (Integer condition : spec.functions()) {
      if (condition != null) {
        isConditionOfFunction[condition] = true;
      }
    }
    functions = new SlotFunction[spec.functions().size()];
    conditionOf = new int[functions.length];
    long bytes = 0;
    for (int i = 0; i < functions.length; i++) {
      Integer condition = spec.functions().get(i);
      conditionOf[i] = condition == null ? -1 : condition;
      functions[i] =
          SlotFunction.of(
              (AggregateFunction) expressions.get(spec.firstFunction() + i),
              inputs,
              windows.length);
      bytes += functions[i].slotBytes();
    }
    slotBytes = bytes;
    List<Expression> wanted =
        expressions.subList(spec.firstPayload(), spec.firstPayload() + spec.payload());
    wanted.forEach(expression -> payloadTypes.add(expression.dataType()));
    latestBytes = LatestEvents.slotBytes(payloadTypes) * spec.choices().size();
    pages.account(slotBytes * slots.count() + latestBytes * spine.askedCount());
    for (SlotFunction function : functions) {
      function.reserve(slots.count());
    }
    payload = UnsafeProjection.create(Columns.seq(wanted), columns);
    latest = new LatestEvents[spec.choices().size()];
    latestSlot = new int[latest.length];
    results = spec.results().toArray(LookupSpec.Result[]::new);
    for (int i = 0; i < latest.length; i++) {
      latest[i] = new LatestEvents(pages, ordering(), payloadTypes);
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

  /** All events are read. */
  void seal() {
    for (SlotFunction function : functions) {
      // Slots that are asked for themselves must not be made sums of all before them.
      if (!spec.isFold()) {
        function.seal(slots.count());
      }
    }
    for (LatestEvents choice : latest) {
      choice.reserve(latestSpans.end());
    }
  }

  /** Reads some events. */
  void read(PackedRows.Batch events) {
    find(events);
    selected.clear();
    for (int i = 0; i < all.count; i++) {
      int slot = slotOf[i];
      if (slot >= 0) {
        if (mayBeLate && isLate[i]) {
          readLate(i, numbers[i], slots.askedAt(slot));
        } else {
          select(i, slot);
        }
      }
    }
    addSelected();
  }

  /**
   * Finds the slots of some events, of which some may be added then.
   *
   * @param left set where an event may belong to more than one slot
   * @param unknown whether to set it also where a key is unknown
   */
  void find(PackedRows.Batch events, boolean[] left, boolean unknown) {
    find(events);
    for (int i = 0; i < all.count; i++) {
      left[i] |= (unknown && numbers[i] == KeyIndex.NONE) || (mayBeLate && isLate[i]);
    }
  }

  /** Keeps in mind what is added to, for {@link #saver}. */
  void willSave() {
    touchedSlots = new BitSet();
    touchedAsked = new BitSet();
  }

  /** Adds the events that were found, but those that are left. */
  void addWithout(boolean[] left) {
    selected.clear();
    for (int i = 0; i < all.count; i++) {
      if (slotOf[i] >= 0 && !left[i]) {
        select(i, slotOf[i]);
      }
    }
    addSelected();
  }

  private void find(PackedRows.Batch events) {
    batch = events;
    all.all(batch);
    read += all.count;
    key.find(batch, all, numbers);
    readTimes();
    slots.slotsOf(numbers, times, all.count, slotOf);
    for (int i = 0; mayBeLate && i < all.count; i++) {
      isLate[i] =
          slotOf[i] >= 0
              && (known[i] > spine.time(slots.askedAt(slotOf[i]))
                  || (replacedFrom != null && !neverReplaced[i]));
    }
  }

  private void select(int event, int slot) {
    // What is before all windows is in none.
    if (anyBefore || slot != slots.firstSlot(numbers[event])) {
      selected.add(event, slot);
    }
  }

  private void addSelected() {
    if (state != null) {
      takeStates(state);
    }
    if (filter != null) {
      keepIf(filter, selected, selected);
    }
    matched += selected.count;
    if (latest.length > 0) {
      offer();
      touch(touchedAsked, true);
    }
    if (functions.length > 0) {
      if (deletes) {
        dropDeleted();
      }
      update();
      touch(touchedSlots, false);
    }
    account();
  }

  /** Adds the selected rows that stand for folded events; the others stay selected. */
  private void takeStates(Input of) {
    of.load(batch, selected);
    boolean[] isEvent = of.nulls();
    int count = selected.count;
    selected.clear();
    for (int i = 0; i < count; i++) {
      int row = selected.rows[i];
      int slot = selected.slots[i];
      if (isEvent[i]) {
        selected.add(row, slot);
      } else {
        take(FoldedState.of(of.bytes(batch.row(row))), slot);
      }
    }
  }

  private void take(FoldedState folded, int slot) {
    matched++;
    folded.addTo(functions, slot);
    if (functions.length > 0 && touchedSlots != null) {
      touchedSlots.set(slot);
    }
    int asked = slots.askedAt(slot);
    folded.addTo(latest, asked);
    if (latest.length > 0 && touchedAsked != null) {
      touchedAsked.set(asked);
    }
  }

  /** Accounts for what has grown since the last time. */
  void account() {
    long bytes = windowSpans.bytes() + latestSpans.bytes();
    bytes += slotBytes * (windowSpans.end() - slots.count());
    bytes += latestBytes * (latestSpans.end() - spine.askedCount());
    for (SlotFunction function : functions) {
      bytes += function.bufferBytes();
    }
    pages.account(bytes - accounted);
    accounted = bytes;
  }

  /** Bytes of memory that so many bytes of events may take at most. */
  long mostGrowth(long bytes) {
    long most = 2L * latest.length * bytes;
    for (SlotFunction function : functions) {
      most += function.mostGrowth(PackedRows.Batch.MOST, bytes);
    }
    return most;
  }

  /** The times of all events, moved by the lag; where there is none, the event has no key. */
  private void readTimes() {
    eventTime.load(batch, all);
    long[] event = eventTime.wholes();
    long shift = spec.lagMicros() + (spec.exclusive() ? 1 : 0);
    for (int i = 0; i < all.count; i++) {
      times[i] = shift == 0 ? event[i] : plus(event[i], shift);
    }
    if (eventTime.mayBeNull()) {
      dropWhere(eventTime.nulls());
    }
    if (!mayBeLate) {
      return;
    }
    visibleFrom.load(batch, all);
    long[] visible = visibleFrom.wholes();
    for (int i = 0; i < all.count; i++) {
      known[i] = Math.max(times[i], plus(visible[i], spec.lagMicros()));
    }
    if (visibleFrom.mayBeNull()) {
      dropWhere(visibleFrom.nulls());
    }
    if (replacedFrom != null) {
      replacedFrom.load(batch, all);
      System.arraycopy(replacedFrom.wholes(), 0, replacedAt, 0, all.count);
      System.arraycopy(replacedFrom.nulls(), 0, neverReplaced, 0, all.count);
    }
  }

  private void dropWhere(boolean[] isNull) {
    for (int i = 0; i < all.count; i++) {
      numbers[i] = isNull[i] ? KeyIndex.NONE : numbers[i];
    }
  }

  private void keepIf(Input condition, Selection from, Selection into) {
    condition.load(batch, from);
    long[] isTrue = condition.wholes();
    boolean[] isNull = condition.nulls();
    boolean mayBeNull = condition.mayBeNull();
    int count = from.count;
    int[] fromRows = from.rows;
    int[] fromSlots = from.slots;
    into.clear();
    for (int i = 0; i < count; i++) {
      if (isTrue[i] != 0 && !(mayBeNull && isNull[i])) {
        into.add(fromRows[i], fromSlots[i]);
      }
    }
  }

  private void dropDeleted() {
    deleted.load(batch, selected);
    long[] isDeleted = deleted.wholes();
    int count = selected.count;
    selected.clear();
    for (int i = 0; i < count; i++) {
      if (isDeleted[i] == 0) {
        selected.add(selected.rows[i], selected.slots[i]);
      }
    }
  }

  private void update() {
    for (int condition = -1; condition < conditions.size(); condition++) {
      Selection meeting = selected;
      if (condition >= 0) {
        if (!isConditionOfFunction[condition]) {
          continue;
        }
        keepIf(conditions.get(condition), selected, met);
        meeting = met;
      }
      for (int i = 0; i < functions.length; i++) {
        if (conditionOf[i] == condition) {
          functions[i].update(batch, meeting);
        }
      }
    }
  }

  /** Offers the selected events to all choices. */
  private void offer() {
    for (int i = 0; i < latest.length; i++) {
      LookupSpec.Choice choice = spec.choices().get(i);
      LatestEvents events = latest[i];
      for (int j = 0; j < selected.count; j++) {
        int row = selected.rows[j];
        int asked = slots.askedAt(selected.slots[j]);
        if (events.mayBeLatest(asked, times[row])) {
          UnsafeRow event = batch.row(row);
          if (meets(choice.condition(), event)) {
            offer(events, choice, asked, times[row], event);
          }
        }
      }
    }
  }

  private boolean meets(@Nullable Integer number, InternalRow event) {
    if (number == null) {
      return true;
    }
    Input condition = conditions.get(number);
    return condition.isTrue(condition.of(event));
  }

  private void offer(
      LatestEvents events, LookupSpec.Choice choice, int slot, long time, InternalRow event) {
    UnsafeRow row = payload.apply(event);
    if (choice.notNull() == null
        || !row.isNullAt(choice.notNull())
        || deleted.isTrue(deleted.of(event))) {
      events.offer(slot, time, row);
    }
  }

  /** An event that becomes known after the first asked time from its own on, or is replaced. */
  private void readLate(int place, int number, int asked) {
    int end = spine.firstAsked(number + 1);
    int from = known[place] > spine.time(asked) ? spine.askedFrom(number, known[place]) : asked;
    int to = end;
    if (replacedFrom != null && !neverReplaced[place]) {
      to = spine.askedFrom(number, plus(replacedAt[place], spec.lagMicros()));
    }
    InternalRow event = batch.row(place);
    if (from >= to || (filter != null && !filter.isTrue(filter.of(event)))) {
      return;
    }
    matched++;
    late++;
    if (state != null && !state.isNull(state.of(event))) {
      FoldedState folded = FoldedState.of(state.bytes(state.of(event)));
      addToSpans(number, times[place], from, to, slot -> folded.addTo(functions, slot));
      int count = latest.length == 0 ? 0 : latestSpans.cover(number, 0, from, to);
      for (LatestEvents choice : latest) {
        choice.reserve(latestSpans.end());
      }
      for (int i = 0; i < count; i++) {
        folded.addTo(latest, latestSpans.slot(i));
      }
      return;
    }
    boolean isDeleted = deletes && deleted.isTrue(deleted.of(event));
    if (!isDeleted) {
      addToSpans(number, times[place], from, to, slot -> update(slot, event));
    }
    if (latest.length > 0) {
      int count = latestSpans.cover(number, 0, from, to);
      for (int i = 0; i < latest.length; i++) {
        latest[i].reserve(latestSpans.end());
        LookupSpec.Choice choice = spec.choices().get(i);
        if (meets(choice.condition(), event)) {
          for (int j = 0; j < count; j++) {
            if (latest[i].mayBeLatest(latestSpans.slot(j), times[place])) {
              offer(latest[i], choice, latestSpans.slot(j), times[place], event);
            }
          }
        }
      }
    }
  }

  private void update(int slot, InternalRow event) {
    for (int i = 0; i < functions.length; i++) {
      if (conditionOf[i] < 0 || meets(conditionOf[i], event)) {
        functions[i].update(slot, event);
      }
    }
  }

  private void addToSpans(int number, long time, int from, int to, IntConsumer add) {
    if (functions.length == 0) {
      return;
    }
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
          add.accept(windowSpans.slot(i));
        }
      }
    }
  }

  private static long plus(long time, long span) {
    long sum = time + span;
    return ((time ^ sum) & (span ^ sum)) < 0 ? (span > 0 ? Long.MAX_VALUE : Long.MIN_VALUE) : sum;
  }

  private void touch(@Nullable BitSet touched, boolean asked) {
    if (touched != null) {
      for (int i = 0; i < selected.count; i++) {
        int slot = selected.slots[i];
        touched.set(asked ? slots.askedAt(slot) : slot);
      }
    }
  }

  /**
   * Writes what was added.
   *
   * @param lookup its number among those of the input
   */
  Saver saver(int lookup) {
    return new Saver(
        lookup,
        java.util.Objects.requireNonNull(touchedSlots),
        java.util.Objects.requireNonNull(touchedAsked));
  }

  /** Writes one state after the other, by slot, then by asked time. */
  final class Saver {
    private final int lookup;
    private final BitSet bySlot;
    private final BitSet byAsked;
    private int slot;
    private int asked;
    private int number;

    private Saver(int lookup, BitSet bySlot, BitSet byAsked) {
      this.lookup = lookup;
      this.bySlot = bySlot;
      this.byAsked = byAsked;
    }

    /** Writes the next state; whether there was one. */
    boolean saveNext(SlotStates.Writer states) throws IOException {
      slot = slot < 0 ? -1 : bySlot.nextSetBit(slot);
      if (slot >= 0) {
        while (slot >= slots.firstSlot(number + 1)) {
          number++;
        }
        DataOutput out = states.next(number, lookup);
        out.writeInt(slot - slots.firstSlot(number));
        for (SlotFunction function : functions) {
          function.save(slot, out);
        }
        slot++;
        return true;
      }
      asked = byAsked.nextSetBit(asked);
      if (asked < 0) {
        return false;
      }
      if (asked < spine.firstAsked(number)) {
        number = 0;
      }
      while (asked >= spine.firstAsked(number + 1)) {
        number++;
      }
      DataOutput out = states.next(number, lookup);
      out.writeInt(~(asked - spine.firstAsked(number)));
      for (LatestEvents choice : latest) {
        choice.save(asked, out);
      }
      asked++;
      return true;
    }
  }

  /** Adds one state that {@link Saver} wrote, of the same key. */
  void load(int number, DataInput in) throws IOException {
    int place = in.readInt();
    if (place >= 0) {
      for (SlotFunction function : functions) {
        function.load(slots.firstSlot(number) + place, in);
      }
    } else {
      for (LatestEvents choice : latest) {
        choice.load(spine.firstAsked(number) + ~place, in);
      }
    }
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
  void answer(int number, int asked, InternalRow row, int column) {
    cursor.move(asked);
    if (latest.length > 0) {
      int singles = latestSpans.at(number, 0, asked);
      for (int i = 0; i < latest.length; i++) {
        latestSlot[i] = latest[i].move(asked, latestSpans, singles);
      }
    }
    int window = -1;
    int singles = 0;
    for (int i = 0; i < results.length; i++) {
      LookupSpec.Result result = results[i];
      if (result instanceof LookupSpec.OfWindow of) {
        if (of.window() != window) {
          window = of.window();
          singles = windowSpans.at(number, window, asked);
        }
        functions[of.function()].write(
            window, cursor.from(window), cursor.to(), windowSpans, singles, row, column + i);
      } else if (result instanceof LookupSpec.OfLatest of) {
        SlotFunction.write(value(of, spine.time(asked)), row, column + i);
      } else {
        // Without windows there is a slot for each asked time, of the same number.
        row.update(column + i, FoldedState.bytes(functions, latest, asked));
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
  void answerNothing(InternalRow row, int column) {
    for (int i = 0; i < results.length; i++) {
      if (results[i] instanceof LookupSpec.OfWindow of) {
        functions[of.function()].writeEmpty(row, column + i);
      } else {
        row.setNullAt(column + i);
      }
    }
  }

  /** Which of the join's inputs it reads. */
  int input() {
    return spec.input();
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
