package dev.tidemark.store;

import dev.tidemark.plan.Interval;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A commit that a table remembers.
 *
 * @param snapshot the Iceberg snapshot id, or the Delta version
 * @param mark the properties of its {@link CommitMark}; empty: somebody else's
 * @param sameRows true if it says that it only arranged rows anew
 */
public record PastCommit(String snapshot, Map<String, String> mark, boolean sameRows) {
  public PastCommit {
    mark = Map.copyOf(mark);
  }

  /**
   * The newest commit with the rows of the latest that was recorded: itself, or one that only
   * arranged them anew. Where commits of that kind are all there is above what is forgotten, those
   * are the rows: upkeep forgets no commit that is newer than the latest recorded.
   *
   * @param commits newest first
   */
  static Optional<String> latest(List<PastCommit> commits, Set<String> recorded) {
    String newest = null;
    for (PastCommit commit : commits) {
      newest = newest == null ? commit.snapshot() : newest;
      if (recorded.contains(commit.snapshot())) {
        return Optional.of(newest);
      }
      newest = commit.sameRows() ? newest : null;
    }
    return Optional.ofNullable(newest);
  }

  /** The run that made it; empty if somebody else did. */
  public Optional<String> runId() {
    return Optional.ofNullable(mark.get(CommitMark.RUN_ID));
  }

  /** True if it made rows of an interval from the same definition and the same inputs. */
  public boolean isOf(Interval interval, CommitMark wanted) {
    return interval().filter(interval::equals).isPresent()
        && same(CommitMark.RESOURCE, wanted)
        && same(CommitMark.DEFINITION, wanted)
        && same(CommitMark.INPUTS, wanted);
  }

  /**
   * True if it made all of a table's rows, from the same definition and inputs, as of the same T.
   */
  public boolean isOf(CommitMark wanted) {
    return interval().isEmpty()
        && wanted.interval() == null
        && Objects.equals(mark.get(CommitMark.AS_OF), wanted.properties().get(CommitMark.AS_OF))
        && same(CommitMark.RESOURCE, wanted)
        && same(CommitMark.DEFINITION, wanted)
        && same(CommitMark.INPUTS, wanted);
  }

  /** True if it made rows of the same definition of the same resource, whatever the inputs. */
  public boolean isOfDefinition(CommitMark wanted) {
    return same(CommitMark.RESOURCE, wanted) && same(CommitMark.DEFINITION, wanted);
  }

  /** The T of all its rows; empty if it does not say. */
  public Optional<Instant> asOf() {
    return Optional.ofNullable(mark.get(CommitMark.AS_OF)).map(Instant::parse);
  }

  /** How many rows it wrote; 0 if it does not say. */
  public long rows() {
    return Long.parseLong(mark.getOrDefault(CommitMark.ROWS, "0"));
  }

  private boolean same(String property, CommitMark wanted) {
    String mine = mark.get(property);
    return mine != null && mine.equals(wanted.properties().get(property));
  }

  /** False if it certainly left the rows of an interval as they were. */
  public boolean mayTouch(Interval other) {
    return !sameRows && interval().map(other::overlaps).orElse(true);
  }

  /** The interval whose rows it made; empty if it made others. */
  public Optional<Interval> interval() {
    String start = mark.get(CommitMark.START);
    String end = mark.get(CommitMark.END);
    return start == null || end == null
        ? Optional.empty()
        : Optional.of(new Interval(Instant.parse(start), Instant.parse(end)));
  }
}
