package dev.tidemark.store;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What upkeep must leave of a table's past, beside its present.
 *
 * @param pins snapshots that manifests name
 * @param recorded commits that the run history names: the latest of them is what is read
 * @param told the commit that says what the table holds, such as a state's: it is left, with all
 *     that came after it; null: what is read says enough
 * @param replaced commits that were current at this instant, or later, are left
 * @param written files that were written at this instant, or later, are left: they may be a running
 *     run's
 */
public record Retention(
    List<Pin> pins,
    Set<String> recorded,
    @Nullable String told,
    Instant replaced,
    Instant written) {
  public Retention {
    pins = List.copyOf(pins);
    recorded = Set.copyOf(recorded);
  }

  /**
   * A snapshot that manifests name.
   *
   * @param snapshot the Iceberg snapshot id, or the Delta version
   * @param manifests how many name it
   * @param manifest where one of them is
   */
  public record Pin(String snapshot, long manifests, String manifest) {}

  /** Those of some snapshots that are pinned. */
  List<Pin> pinned(Collection<String> snapshots) {
    return pins.stream().filter(pin -> snapshots.contains(pin.snapshot())).toList();
  }
}
