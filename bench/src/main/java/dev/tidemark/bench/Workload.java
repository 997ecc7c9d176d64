package dev.tidemark.bench;

import java.util.Locale;

/** The kinds of question that are measured. */
public enum Workload {
  /** Sum, count, least and greatest over four windows. */
  WINDOWS,
  /** The latest value. */
  ASOF,
  /** Three views of one entity over one source: a latest value, and windows twice. */
  THREE_VIEWS,
  /** The same three views, each over a source of its own. */
  THREE_SOURCES,
  /** {@link #WINDOWS} over twice the events. */
  DOUBLE_EVENTS,
  /** {@link #WINDOWS} for twice the spine. */
  DOUBLE_SPINE,
  /** {@link #WINDOWS} with four more windows. */
  DOUBLE_WINDOWS,
  /** {@link #WINDOWS} where one key has half of all events and of the spine. */
  HOT_KEY,
  /** {@link #WINDOWS} for a spine that has one in a hundred of the keys. */
  FEW_KEYS,
  /** Latest values of three feature groups of several columns. */
  GROUPS;

  /** As the command line has it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
