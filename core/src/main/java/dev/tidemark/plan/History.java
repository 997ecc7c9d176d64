package dev.tidemark.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What planning must know of the past. */
public interface History {

  /** Nothing has ever run. */
  History NONE =
      new History() {
        @Override
        public List<FinishedInterval> finished(ResolvedView view) {
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

  /** The intervals that a view's tables hold, each by the newest run of it, in order of time. */
  List<FinishedInterval> finished(ResolvedView view);

  /** What came to the view's sources after an interval was computed. */
  Arrivals since(FinishedInterval finished, ResolvedView view);

  /**
   * How the events that intervals look back at will be read, in words; null where nothing is known
   * of the past.
   */
  @Nullable String lookBack(ResolvedView view, List<DueInterval> due);
}
