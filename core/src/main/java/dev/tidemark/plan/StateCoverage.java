package dev.tidemark.plan;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which events a view's state holds, folded into cells of time. Times are those at which a tick
 * sees the events: moved by a lag, and for an exclusive view to just after.
 *
 * @param made names all that decides what a state is; another state is of no use
 * @param inputs the states of the sources of which all events of its time are in it
 * @param from only later events are; null: all, however old
 * @param through and none that is later
 * @param base up to this all is one cell; null: there is no such cell
 */
public record StateCoverage(
    String made,
    List<InputSnapshot> inputs,
    @Nullable Instant from,
    Instant through,
    @Nullable Instant base) {
  /** What the name of a state's table ends with, after that of the view's. */
  public static final String TABLE_SUFFIX = "__state";

  public StateCoverage {
    inputs = List.copyOf(inputs);
  }
}
