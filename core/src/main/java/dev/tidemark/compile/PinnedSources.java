package dev.tidemark.compile;

import dev.tidemark.definition.Location;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Source;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.jspecify.annotations.Nullable;

/**
 * Sources, each at the one state at which it is read, however often that is and whatever is written
 * to it meanwhile: the state at which it was first looked at. All that is compiled with the same
 * object reads the same rows.
 *
 * <p>May be used by several threads at once.
 */
public final class PinnedSources {
  private final PinnedPlan.States states = new PinnedPlan.States();
  private final @Nullable Recorded recorded;
  private final boolean given;
  private final Map<ResourceName, Pinned> known = new LinkedHashMap<>();

  private record Pinned(Dataset<Row> rows, List<PinnedPlan.Pin> pins) {}

  /** Sources as they are when they are first looked at. */
  public static PinnedSources current() {
    return new PinnedSources(null, false);
  }

  /**
   * Sources as they were. What has no state that could be named is read as it is now.
   *
   * @param snapshots of every source that will be read
   * @param files of those that are plain files
   */
  public static PinnedSources at(
      List<InputSnapshot> snapshots, Map<ResourceName, List<InputFile>> files) {
    return new PinnedSources(new Recorded(List.copyOf(snapshots), Map.copyOf(files)), false);
  }

  /**
   * Sources and transformations that have these rows, whatever is stored and computed.
   *
   * @param rows of all sources that will be read
   */
  static PinnedSources given(Map<ResourceName, Dataset<Row>> rows) {
    PinnedSources sources = new PinnedSources(null, true);
    rows.forEach(
        (name, given) ->
            sources.known.put(
                name, new Pinned(given, List.of(PinnedPlan.Pin.constant(name.toString())))));
    return sources;
  }

  private PinnedSources(@Nullable Recorded recorded, boolean given) {
    this.recorded = recorded;
    this.given = given;
  }

  /** True if the rows are those of a test. */
  boolean areGiven() {
    return given;
  }

  /** The rows that a test gives in the place of what is stored or computed; nothing else. */
  synchronized Optional<Dataset<Row>> given(ResourceName name) {
    return given ? Optional.ofNullable(known.get(name)).map(Pinned::rows) : Optional.empty();
  }

  /** True if sources are read as they were once, and not as they are. */
  public boolean areRecorded() {
    return recorded != null;
  }

  /** The states to read; null: those of now. */
  @Nullable Recorded recorded() {
    return recorded;
  }

  /**
   * The states of some sources that have been read.
   *
   * @return one a table or path, at least one a source, in the order given
   */
  public synchronized List<InputSnapshot> snapshots(List<ResourceName> sources) {
    List<InputSnapshot> snapshots = new ArrayList<>();
    for (ResourceName source : sources) {
      for (PinnedPlan.Pin pin : pins(source)) {
        snapshots.add(new InputSnapshot(source, pin.location(), pin.kind(), pin.id()));
      }
    }
    return snapshots;
  }

  /**
   * The folders and files of some sources that have been read, as URIs: of each that {@link
   * #snapshots} tells, in the same order. None where that can't be told.
   */
  public synchronized List<List<String>> storage(List<ResourceName> sources) {
    return sources.stream()
        .flatMap(source -> pins(source).stream())
        .map(PinnedPlan.Pin::storage)
        .toList();
  }

  /**
   * The plain files that a source consists of, by path; empty for tables of a format with
   * snapshots.
   */
  public synchronized List<InputFile> files(ResourceName source) {
    return pins(source).stream().flatMap(pin -> pin.files().stream()).toList();
  }

  /** The plan of a source that has been read. */
  synchronized LogicalPlan plan(ResourceName source) {
    return SparkPlans.analyzed(pinned(source).rows());
  }

  /** Whether a source that has been read has parts of which nobody knows what they are. */
  synchronized boolean isUnpinned(ResourceName source) {
    return pins(source).stream()
        .anyMatch(pin -> pin.kind() == InputSnapshot.Kind.UNPINNED && !pin.isConstant());
  }

  private List<PinnedPlan.Pin> pins(ResourceName source) {
    return pinned(source).pins();
  }

  private Pinned pinned(ResourceName source) {
    Pinned pinned = known.get(source);
    if (pinned == null) {
      throw new IllegalStateException("not read yet: " + source);
    }
    return pinned;
  }

  /** Reads a source, unless it has been; what can't be read is tried again the next time. */
  synchronized Optional<Dataset<Row>> read(
      SparkSession session, Source source, Supplier<Optional<Dataset<Row>>> reading) {
    Pinned before = known.get(source.ref());
    if (before != null) {
      return Optional.of(before.rows());
    }
    Optional<Pinned> found = reading.get().map(rows -> pinned(session, source, rows));
    found.ifPresent(pinned -> known.put(source.ref(), pinned));
    return found.map(Pinned::rows);
  }

  private Pinned pinned(SparkSession session, Source source, Dataset<Row> rows) {
    PinnedPlan plan = new PinnedPlan(source, states, recorded);
    LogicalPlan pinned = SparkPlans.analyzed(rows).transformUpWithSubqueries(plan);
    List<PinnedPlan.Pin> pins =
        plan.pins().isEmpty() ? List.of(PinnedPlan.Pin.constant(name(source))) : plan.pins();
    return new Pinned(SparkPlans.ofPlan(session, pinned), pins);
  }

  private static String name(Source source) {
    return source
        .location()
        .match(Location.Table::name, Location.Files::path, query -> source.ref().toString());
  }
}
