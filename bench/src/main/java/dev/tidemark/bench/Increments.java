package dev.tidemark.bench;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What one more day of a materialized view costs, and what a long backfill does. Exits with 1 if
 * rows made of a state are not those made of single events.
 */
@Command(
    name = "bench increments",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Measures materialize: one more day by way of the view's state beside the same day from"
          + " single events,",
      "and a backfill of many days in one run beside one pass of the engine that writes nothing."
    })
public final class Increments implements Callable<Integer> {
  private static final String DEFAULT = "  (default: ${DEFAULT-VALUE})";

  /** No feature looks back further. */
  static final int LOOK_BACK = 90;

  /** The greatest share of the cost of a day from single events that one more day may take. */
  private static final double MOST_OF_A_DAY = 0.1;

  /** The same of a backfill and a pass of the engine. */
  private static final double MOST_OF_A_PASS = 1.5;

  @Option(
      names = "--events",
      defaultValue = "1000000",
      description = "rows of events in 90 days" + DEFAULT)
  private long events;

  @Option(names = "--keys", defaultValue = "10000", description = "how many keys" + DEFAULT)
  private long keys;

  @Option(
      names = "--runs",
      defaultValue = "3",
      description = "days, and backfills, that are measured, after one that is not" + DEFAULT)
  private int runs;

  @Option(
      names = "--backfill",
      paramLabel = "DAYS",
      defaultValue = "180",
      description = "ticks of the backfill; 0: none" + DEFAULT)
  private int backfill;

  @Option(
      names = "--backfill-events",
      paramLabel = "ROWS",
      description = "rows of events of the backfill and the 90 days before  (default: --events)")
  private @Nullable Long backfillEvents;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${sys:bench.home:-bench}/data/increments",
      description = "keeps generated events; the tables in it are made anew" + DEFAULT)
  private Path data = Path.of("bench/data/increments");

  @Option(names = "--threads", defaultValue = "2", description = "of Spark" + DEFAULT)
  private int threads;

  private final PrintStream out;

  Increments(PrintStream out) {
    this.out = out;
  }

  public static void main(String[] arguments) {
    System.exit(run(System.out, arguments));
  }

  /** As {@link #main}, without ending the process. */
  static int run(PrintStream out, String... arguments) {
    return new CommandLine(new Increments(out)).execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    Path root = data.toAbsolutePath();
    Files.createDirectories(root);
    try (MaterializedView view = new MaterializedView(root, threads, runs)) {
      boolean same = measureDays(view);
      return (backfill == 0 || measureBackfill(view)) && same ? 0 : 1;
    }
  }

  private boolean measureDays(MaterializedView view) throws Exception {
    int days = LOOK_BACK + 1 + runs;
    view.events(events * days / LOOK_BACK, keys, days);
    // The first makes the state; the first of all others is for warmth.
    double first = view.materialize("stated", true, LOOK_BACK, LOOK_BACK);
    view.materialize("whole", false, LOOK_BACK, LOOK_BACK);
    List<Double> stated = new ArrayList<>();
    List<Double> whole = new ArrayList<>();
    int last = LOOK_BACK + 1 + runs;
    for (int day = LOOK_BACK + 1; day <= last; day++) {
      int one = day;
      alternately(
          day,
          () -> stated.add(view.materialize("stated", true, one, one)),
          () -> whole.add(view.materialize("whole", false, one, one)));
    }
    List.of(stated, whole).forEach(each -> each.remove(0));
    boolean same = view.areSame("stated", "whole", LOOK_BACK, last);
    say("%,d events in %d days, %,d keys", events, LOOK_BACK, keys);
    say("first day, which makes the state: %.2f s", first);
    say("one more day from the state: %s", seconds(stated));
    say("the same day from single events: %s", seconds(whole));
    bar("one more day", median(stated) / median(whole), MOST_OF_A_DAY);
    say("rows: %s", same ? "the same" : "NOT THE SAME");
    return same;
  }

  private boolean measureBackfill(MaterializedView view) throws Exception {
    int days = LOOK_BACK + backfill;
    view.events(backfillEvents == null ? events : backfillEvents, keys, days);
    List<Double> passes = new ArrayList<>();
    List<Double> unstated = new ArrayList<>();
    List<Double> filled = new ArrayList<>();
    boolean same = true;
    for (int round = 0; round <= runs; round++) {
      String filledNow = MaterializedView.FILLED + round;
      String unstatedNow = MaterializedView.UNSTATED + round;
      alternately(
          round,
          () -> filled.add(view.materialize(filledNow, true, LOOK_BACK + 1, days)),
          () -> {
            passes.add(view.pass(LOOK_BACK + 1, days));
            unstated.add(view.materialize(unstatedNow, false, LOOK_BACK + 1, days));
          });
      same &= view.areSame(filledNow, unstatedNow, LOOK_BACK + 1, days);
    }
    List.of(passes, unstated, filled).forEach(each -> each.remove(0));
    say("backfill of %d days over %,d events, %,d keys", backfill, view.count(), keys);
    say("one pass of the engine, nothing written: %s", seconds(passes));
    say("in one run, without a state: %s", seconds(unstated));
    say("in one run, with a state for the days to come: %s", seconds(filled));
    bar("backfill", median(filled) / median(passes), MOST_OF_A_PASS);
    say("rows of all days: %s", same ? "the same" : "NOT THE SAME");
    return same;
  }

  /** So that neither of two is always the first, with whatever that brings. */
  private static void alternately(int round, Runnable one, Runnable other) {
    (round % 2 == 0 ? List.of(one, other) : List.of(other, one)).forEach(Runnable::run);
  }

  private void bar(String what, double share, double most) {
    say("%s: %.3f of it, at most %.1f: %s", what, share, most, share <= most ? "yes" : "NO");
  }

  private static String seconds(List<Double> seconds) {
    return "%.2f s (%s)"
        .formatted(
            median(seconds),
            String.join(", ", seconds.stream().map(each -> "%.2f".formatted(each)).toList()));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  private void say(String line, Object... values) {
    out.println(String.format(Locale.ROOT, line, values));
    out.flush();
  }
}
