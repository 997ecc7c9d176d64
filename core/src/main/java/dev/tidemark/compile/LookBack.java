package dev.tidemark.compile;

import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Window;
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
    for (Feature feature : view.features()) {
      List<Optional<Long>> spans =
          feature.match(
              latest -> List.of(Optional.ofNullable(view.ttl()).map(ttl -> ttl.micros())),
              windowed ->
                  windowed.windows().stream()
                      .map(
                          window ->
                              Optional.ofNullable(window.length()).map(length -> length.micros()))
                      .toList());
      for (Optional<Long> span : spans) {
        if (span.isEmpty()) {
          return span;
        }
        longest = Math.max(longest, span.get());
      }
    }
    return Optional.of(longest);
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
