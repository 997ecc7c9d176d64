package dev.tidemark.compile;

import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** How far back the features of a view look from T. */
final class LookBack {
  private LookBack() {}

  /** How far back a view looks from T, in microseconds; nothing: without bound. */
  static Optional<Long> span(FeatureView view) {
    long longest = 0;
    for (Optional<Long> span : all(view)) {
      if (span.isEmpty()) {
        return span;
      }
      longest = Math.max(longest, span.get());
    }
    return Optional.of(longest);
  }

  /** The bounded spans that a view looks back over, in microseconds, each once. */
  static List<Long> spans(FeatureView view) {
    return all(view).stream().flatMap(Optional::stream).distinct().sorted().toList();
  }

  private static List<Optional<Long>> all(FeatureView view) {
    List<Optional<Long>> spans = new ArrayList<>();
    for (Feature feature : view.features()) {
      spans.addAll(
          feature.match(
              latest -> List.of(Optional.ofNullable(view.ttl()).map(ttl -> ttl.micros())),
              windowed ->
                  windowed.windows().stream()
                      .map(
                          window ->
                              Optional.ofNullable(window.length()).map(length -> length.micros()))
                      .toList()));
    }
    return spans;
  }

  /** The longest window that has a bound; 0: none has. */
  static long longestWindow(FeatureView view) {
    return windows(view).stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** The different lengths of the windows that have a bound, in microseconds. */
  static List<Long> windows(FeatureView view) {
    return view.features().stream()
        .flatMap(
            feature ->
                feature.<Stream<Window>>match(
                    latest -> Stream.of(), windowed -> windowed.windows().stream()))
        .map(Window::length)
        .filter(Objects::nonNull)
        .map(length -> length.micros())
        .distinct()
        .toList();
  }
}
