package dev.tidemark.run;

import dev.tidemark.definition.Environment;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.UpkeepPlan;
import dev.tidemark.store.Arrangement;
import dev.tidemark.store.ManifestFiles;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.store.PastCommit;
import dev.tidemark.store.Pins;
import dev.tidemark.store.Retention;
import dev.tidemark.store.RunHistory;
import dev.tidemark.store.TableState;
import dev.tidemark.store.Upkeep;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Keeps tables quick to read and small: compacts them, forgets what nothing pins, and removes what
 * killed runs have left. All methods throw {@link TaskFailure} and nothing else.
 */
public final class Maintenance {
  /**
   * Files that nobody names are left for so long by the clock, whatever is asked for: they may be
   * those of a run that has not come to its commit. No run is to take longer.
   */
  public static final Duration LONGEST_RUN = Duration.ofDays(3);

  private static final int RECENT = 50;

  private final SparkSession session;
  private final Path root;
  private final Environment environment;
  private final Progress progress;

  /**
   * @param root warehouses with relative paths are relative to it
   */
  public Maintenance(SparkSession session, Path root, Environment environment, Progress progress) {
    this.session = session;
    this.root = root;
    this.environment = environment;
    this.progress = progress;
  }

  /**
   * How it is done.
   *
   * @param olderThan what was replaced so long before the as-of time can go
   * @param asOf null: of each table the time of its last change
   * @param dryRun true: only tells what it would do
   */
  public record Wish(Duration olderThan, @Nullable Instant asOf, boolean dryRun) {}

  /**
   * What became of a table.
   *
   * @param resource whose it is, or the name of one of Tidemark's own tables
   * @param table how Spark reads it
   * @param asOf from which ages were counted; null: it has no commit
   * @param files how many it had
   * @param merged how many of them were replaced
   * @param written by how many
   * @param layout how it is partitioned from now on; empty: it is not, or not by us
   * @param expired how many snapshots were forgotten
   * @param removed how many files were removed that nothing needs
   * @param pinned the snapshots that would have been forgotten, did no manifest name them
   */
  public record Done(
      String resource,
      Target target,
      String table,
      @Nullable Instant asOf,
      long files,
      long merged,
      long written,
      String layout,
      long expired,
      long removed,
      List<Pinned> pinned) {
    public Done {
      pinned = List.copyOf(pinned);
    }
  }

  /**
   * A snapshot that is kept for manifests.
   *
   * @param snapshot the Iceberg snapshot id, or the Delta version
   * @param manifests how many name it
   * @param manifest where one of them is
   */
  public record Pinned(String snapshot, long manifests, String manifest) {}

  /**
   * What became of all.
   *
   * @param absent tables that are not there yet
   * @param manifests how many of killed runs were removed
   */
  public record Report(List<Done> done, List<String> absent, long manifests) {
    public Report {
      done = List.copyOf(done);
      absent = List.copyOf(absent);
    }
  }

  /**
   * Maintains tables one after another; the first that fails ends it, and those before it are done.
   *
   * @param told each that is done
   */
  public Report run(UpkeepPlan plan, Wish wish, Consumer<Done> told) {
    try {
      return all(plan, wish, told);
    } catch (Exception e) {
      // Scala declares no exceptions; whatever it is, its owner gets a sentence and an exit code.
      throw Failures.of(e, "no row was changed");
    }
  }

  private Report all(UpkeepPlan plan, Wish wish, Consumer<Done> told) {
    Instant now = Instant.now();
    checkAsOf(wish, now);
    progress.step("reading the manifests");
    RunHistory history = new RunHistory(session, root, environment.registry());
    ManifestFiles files = new ManifestFiles(session, root, environment.registry());
    Instant written = earlier(now.minus(LONGEST_RUN), now.minus(wish.olderThan()));
    List<Done> done = new ArrayList<>();
    List<String> absent = new ArrayList<>();
    try (Pins pins = Pins.of(session, files, history, written)) {
      for (UpkeepPlan.Item item : items(plan)) {
        OfflineTable table = OfflineTables.of(session, root, item.target());
        if (!table.exists()) {
          if (!item.isBeside()) {
            absent.add(table.name());
          }
          continue;
        }
        Done one = one(item, table, wish, pins, written);
        done.add(one);
        told.accept(one);
      }
      checkThere(plan, done, absent);
      return new Report(done, absent, plan.isAll() ? pins.removeLeftOver(wish.dryRun()) : 0);
    }
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  /** What is taken for past must be past: a running run's files are young. */
  private static void checkAsOf(Wish wish, Instant now) {
    Instant asOf = wish.asOf();
    if (asOf != null && asOf.isAfter(now)) {
      throw new TaskFailure(
          ExitCode.DEFINITION,
          "--as-of %s is in the future\n  give an instant that has passed, or now".formatted(asOf),
          null);
    }
  }

  private static void checkThere(UpkeepPlan plan, List<Done> done, List<String> absent) {
    if (!plan.isAll() && done.isEmpty()) {
      throw new TaskFailure(
          ExitCode.INPUT_NOT_READY,
          "no table %s\n  build or materialize it first".formatted(String.join(", ", absent)),
          null);
    }
  }

  /** With those that are Tidemark's own, where all are maintained. */
  private List<UpkeepPlan.Item> items(UpkeepPlan plan) {
    List<UpkeepPlan.Item> items = new ArrayList<>(plan.items());
    if (plan.isAll()) {
      RunHistory.tables(environment.registry())
          .forEach(
              (target, arrangement) ->
                  items.add(
                      new UpkeepPlan.Item(
                          target.provider().database() + "." + target.name(),
                          target,
                          arrangement.columns(),
                          arrangement.partitioned(),
                          true)));
    }
    return items;
  }

  private Done one(
      UpkeepPlan.Item item, OfflineTable table, Wish wish, Pins pins, Instant written) {
    progress.step("looking at " + table.name());
    Upkeep upkeep = table.upkeep(new Arrangement(item.columns(), item.isView()));
    Instant asOf = wish.asOf() == null ? upkeep.changedLast().orElse(null) : wish.asOf();
    progress.step("compacting " + table.name());
    Upkeep.Compaction compaction = upkeep.compact(wish.dryRun());
    progress.step("cleaning " + table.name());
    Upkeep.Cleaning cleaning =
        upkeep.clean(retention(table, upkeep, pins, asOf, wish, written), wish.dryRun());
    return new Done(
        item.resource(),
        item.target(),
        table.name(),
        asOf,
        compaction.files(),
        compaction.merged(),
        compaction.written(),
        compaction.layout(),
        cleaning.expired(),
        cleaning.removed(),
        cleaning.pinned().stream()
            .map(pin -> new Pinned(pin.snapshot(), pin.manifests(), pin.manifest()))
            .toList());
  }

  private Retention retention(
      OfflineTable table,
      Upkeep upkeep,
      Pins pins,
      @Nullable Instant asOf,
      Wish wish,
      Instant written) {
    TableState state = table.state();
    String tableId = state.tableId();
    RunHistory history = new RunHistory(session, root, environment.registry());
    Set<String> recorded = tableId == null ? Set.of() : Set.copyOf(history.snapshots(tableId));
    Instant replaced = asOf == null ? Instant.EPOCH : asOf.minus(wish.olderThan());
    String told = recorded.isEmpty() ? changedLast(table) : null;
    return new Retention(upkeep.pinned(pins), recorded, told, replaced, written);
  }

  /** Of a table that the history does not know, this is what its readers go by. */
  private static @Nullable String changedLast(OfflineTable table) {
    return table.commitsSince(null, RECENT).stream()
        .filter(commit -> !commit.sameRows())
        .map(PastCommit::snapshot)
        .findFirst()
        .orElse(null);
  }
}
