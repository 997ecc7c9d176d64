package dev.tidemark.pit;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** How the events of a lookup and the spine meet. */
enum Strategy {
  /** Both are partitioned by key. */
  SHUFFLE,

  /** The events are few: every task has them all, and the spine stays where it is. */
  BROADCAST_EVENTS,

  /** The spine is small: events stay where they are and go into slots, which are merged by key. */
  BROADCAST_SPINE,

  /** The events of few keys go into slots where they are; the others are partitioned by key. */
  HOT_KEYS;

  /** The Spark setting that names the strategy for all lookups; {@code auto}: by size. */
  static final String SETTING = "spark.tidemark.strategy";

  String title() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The strategy that a session's settings name; null: none is. */
  static @Nullable Strategy given(SparkSession session) {
    Option<String> given = session.conf().getOption(SETTING);
    if (given.isEmpty() || given.get().equals("auto")) {
      return null;
    }
    return Arrays.stream(values())
        .filter(strategy -> strategy.title().equals(given.get()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s = %s: the strategies are auto, %s"
                        .formatted(
                            SETTING,
                            given.get(),
                            Arrays.stream(values())
                                .map(Strategy::title)
                                .collect(Collectors.joining(", ")))));
  }
}
