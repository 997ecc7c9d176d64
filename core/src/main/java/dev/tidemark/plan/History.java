package dev.tidemark.plan;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What planning must know of the past. */
public interface History {

  /** Nothing has ever run. */
  History NONE =
      new History() {
        @Override
        public List<FinishedInterval> finished(ResolvedView view, Interval within) {
          return List.of();
        }

        @Override
        public Optional<Instant> newestTick(ResolvedView view) {
          return Optional.empty();
        }

        @Override
        public List<PastDefinition> definitions(ResolvedView view, Interval asked) {
          return List.of();
        }

        @Override
        public Arrivals since(FinishedInterval finished, ResolvedView view) {
          return new Arrivals.None();
        }

        @Override
        public @Nullable String lookBack(ResolvedView view, List<DueInterval> due) {
          return null;
        }
      };

  /**
   * The intervals that a view's tables hold, each by the newest run of it, in order of time.
   *
   * @param within only those that overlap it, so that no more is kept than what is planned
   */
  List<FinishedInterval> finished(ResolvedView view, Interval within);

  /** The newest tick that a view's tables hold. */
  Optional<Instant> newestTick(ResolvedView view);

  /**
   * The definitions from which all the intervals were made that a view's tables hold, whenever they
   * are, in order of their first.
   *
   * @param asked what is outside of it is counted
   */
  List<PastDefinition> definitions(ResolvedView view, Interval asked);

  /** What came to the view's sources after an interval was computed. */
  Arrivals since(FinishedInterval finished, ResolvedView view);

  /**
   * How the events that intervals look back at will be read, in words; null where nothing is known
   * of the past.
   */
  @Nullable String lookBack(ResolvedView view, List<DueInterval> due);
}
