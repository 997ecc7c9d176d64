package dev.tidemark.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Keeps one table quick to read and no larger than it must be. Nothing here changes a row: readers
 * see the same before, meanwhile and after, and whatever kills it leaves a whole table.
 *
 * <p>Others may commit meanwhile. Where a commit of theirs and one of ours exclude each other, one
 * of the two is refused.
 */
public interface Upkeep {

  /** The snapshots of this table that are pinned. */
  List<Retention.Pin> pinned(Pins pins);

  /** When rows were changed last, by the clock of who did; nothing if they never were. */
  Optional<Instant> changedLast();

  /**
   * Merges small files, and arranges rows as those of the newest version are.
   *
   * @param dryRun true: only tells what it would do
   * @throws LostRaceException if others changed the same files meanwhile; theirs stand
   * @throws IllegalStateException if the number of rows has changed, which nothing but a defect can
   *     bring about; it says how to go back
   */
  Compaction compact(boolean dryRun);

  /**
   * Forgets old snapshots and removes files that none of the others need, among them those of
   * killed runs.
   *
   * @param dryRun true: only tells what it would do
   * @throws LostRaceException if the table could not be committed to
   */
  Cleaning clean(Retention retention, boolean dryRun);

  /**
   * What was compacted.
   *
   * @param files how many there were before
   * @param merged how many of them were replaced
   * @param written by how many
   * @param layout how the table is partitioned from now on; empty: it is not, or not by us
   */
  record Compaction(long files, long merged, long written, String layout) {}

  /**
   * What was cleaned.
   *
   * @param expired how many snapshots were forgotten
   * @param pinned those that would have been, were they not pinned
   * @param removed how many files were removed
   */
  record Cleaning(long expired, List<Retention.Pin> pinned, long removed) {
    public Cleaning {
      pinned = List.copyOf(pinned);
    }
  }
}
