package dev.tidemark.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is to be computed: for every row of the spine (k, t, id) its id and the features of all
 * views.
 */
record Question(Table spine, List<View> views) {
  /** Features of one key from one table of events (k, event_time, and value columns). */
  record View(Table events, List<Feature> features) {
    View {
      features = List.copyOf(features);
    }

    boolean hasWindows() {
      return Feature.windowed(features).findAny().isPresent();
    }
  }

  Question {
    views = List.copyOf(views);
  }

  /** All output columns but the id. */
  List<Feature> features() {
    return views.stream().flatMap(view -> view.features().stream()).toList();
  }

  boolean hasWindows() {
    return views.stream().anyMatch(View::hasWindows);
  }

  /** Views over the same events as one, for formulations that pass over the events only once. */
  List<View> byTable() {
    Map<Table, List<Feature>> features = new LinkedHashMap<>();
    for (View view : views) {
      features.computeIfAbsent(view.events(), none -> new ArrayList<>()).addAll(view.features());
    }
    return features.entrySet().stream()
        .map(entry -> new View(entry.getKey(), entry.getValue()))
        .toList();
  }
}
