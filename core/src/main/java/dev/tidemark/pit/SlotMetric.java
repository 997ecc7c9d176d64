package dev.tidemark.pit;

/** What {@link SlotJoinExec} counts, as Spark's UI shows it. */
enum SlotMetric {
  SPINE_ROWS("spine rows", false),
  KEYS("keys", false),
  SLOTS("slots", false),
  EVENTS_READ("events read", false),
  EVENTS_MATCHED("events matched", false),
  LATE_ROWS("late rows", false),
  TIES("ties", false),
  MEMORY("index bytes", true),
  SPLITS("splits of partitions that did not fit", false),
  SPLIT_ROWS("rows of split partitions", false),
  SPILL("spill bytes", true);

  private final String title;
  private final boolean isSize;

  SlotMetric(String title, boolean isSize) {
    this.title = title;
    this.isSize = isSize;
  }

  String title() {
    return title;
  }

  boolean isSize() {
    return isSize;
  }
}
