package dev.tidemark.plan;

import dev.tidemark.definition.About;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is registered of one resource, or of one column of a feature view.
 *
 * @param id {@code kind.name.variant}; {@code entities.name}; {@code providers.name}; of a column
 *     {@code features.view.variant.column}
 * @param kind the part before the first dot
 * @param meaning equal for as long as it means the same, with all that it is built from
 * @param fields what it says itself, by path, as text; what says nothing of values is left out
 * @param uses the ids of what it names
 * @param text its definition as JSON that stands for itself; empty where another's text has it
 * @param about what may change under the same variant
 * @param notes what is said of its columns and of when it is ready, by path; that may change as
 *     well
 */
public record Registration(
    String id,
    String kind,
    Fingerprint meaning,
    SortedMap<String, String> fields,
    SortedSet<String> uses,
    String text,
    About about,
    SortedMap<String, String> notes) {
  /** The kind of a view's columns. */
  static final String FEATURES = "features";

  public Registration {
    fields = Collections.unmodifiableSortedMap(new TreeMap<>(fields));
    notes = Collections.unmodifiableSortedMap(new TreeMap<>(notes));
    uses = Collections.unmodifiableSortedSet(new TreeSet<>(uses));
  }

  /** What follows the kind. */
  public String name() {
    return id.substring(kind.length() + 1);
  }
}
