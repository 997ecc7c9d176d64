package dev.tidemark.jobs.export;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * When to run: every so many minutes, as a cron expression can say it. Not less often than a view
 * ticks; where cron can't say the view's own distance of ticks, more often, since an interval
 * without a tick is nothing to do.
 *
 * @param minutes the distance of two runs
 * @param offset minutes from 1970-01-01T00:00Z on to the first of them, less than {@code minutes}
 */
record Cadence(int minutes, int offset) {
  static final int DAY = 1440;
  static final int WEEK = 7 * DAY;

  /** At midnight. */
  static final Cadence DAILY = new Cadence(DAY, 0);

  /** Those that divide the hour, the day, or are a week. */
  private static final List<Integer> KNOWN =
      List.of(1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, DAY);

  /** Of a view. */
  static Cadence of(Planned.Task view) {
    return of(Objects.requireNonNull(view.grain()), Objects.requireNonNull(view.first()));
  }

  static Cadence of(Duration grain, Instant first) {
    long ticks = grain.toMinutes();
    int minutes =
        ticks > 0 && ticks % WEEK == 0
            ? WEEK
            : KNOWN.stream().filter(known -> known <= ticks).reduce(1, (a, b) -> b);
    return new Cadence(minutes, (int) Math.floorMod(first.getEpochSecond() / 60, (long) minutes));
  }

  /** As cron has it, in UTC. */
  String cron() {
    int minute = offset % 60;
    int hour = offset / 60 % 24;
    if (minutes < 60) {
      return every(minutes, offset, 59) + " * * * *";
    }
    if (minutes == 60) {
      return minute + " * * * *";
    }
    if (minutes < DAY) {
      return minute + " " + every(minutes / 60, hour, 23) + " * * *";
    }
    // 1970 began on a Thursday.
    String weekday = minutes == DAY ? "*" : String.valueOf((4 + offset / DAY) % 7);
    return "%d %d * * %s".formatted(minute, hour, weekday);
  }

  private static String every(int step, int from, int last) {
    if (step == 1) {
      return "*";
    }
    return from == 0 ? "*/" + step : "%d-%d/%d".formatted(from, last, step);
  }

  /** In words. */
  String words() {
    return switch (minutes) {
      case 60 -> "hourly";
      case DAY -> "daily";
      case WEEK -> "weekly";
      default ->
          minutes % 60 == 0
              ? "every_%d_hours".formatted(minutes / 60)
              : "every_%d_minutes".formatted(minutes);
    };
  }

  /** The last run at or before an instant. */
  Instant floor(Instant instant) {
    long length = minutes * 60L;
    long at = offset * 60L;
    return Instant.ofEpochSecond(
        at + Math.floorDiv(instant.getEpochSecond() - at, length) * length);
  }

  Duration period() {
    return Duration.ofMinutes(minutes);
  }
}
