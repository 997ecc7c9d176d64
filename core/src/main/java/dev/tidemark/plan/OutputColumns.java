package dev.tidemark.plan;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.Selection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names of a training set's columns, in order. Two equal ones (upper and lower case are one, as
 * in Spark) are told with both places and with what renames one.
 */
final class OutputColumns {
  private static final String RENAME_FEATURE =
      "rename the feature with `as`, or all of its view with `prefix`";

  private final Problems problems;
  private final List<String> names = new ArrayList<>();
  private final Map<String, Origin> taken = new HashMap<>();

  OutputColumns(Problems problems) {
    this.problems = problems;
  }

  List<String> names() {
    return names;
  }

  void key(Column key) {
    add(key.name(), key.origin(), "rename the entity's key");
  }

  /**
   * @param set where the training set is named
   */
  void time(Origin set) {
    add(ResolvedTrainingSet.EVENT_TIME, set, "every training set has it; rename the other");
  }

  void kept(Named column) {
    add(column.name(), column.origin(), "leave it out of `keep`, or rename it in the source");
  }

  /**
   * @param use where the training set names the label
   */
  void label(Label label, @Nullable Reference use) {
    Origin origin = use == null ? label.origin() : use.origin();
    add(label.ref().name(), origin, "the label's column has the label's name; rename the other");
  }

  void feature(String name, Selection selection) {
    Named as = selection.as() == null ? selection.prefix() : selection.as();
    if (reserved(name, as == null ? selection.origin() : as.origin(), RENAME_FEATURE)) {
      return;
    }
    add(name, selection.origin(), RENAME_FEATURE);
  }

  void derived(Derived derived) {
    if (!reserved(derived.name(), derived.origin(), "rename it")) {
      add(derived.name(), derived.origin(), "rename it");
    }
  }

  /** A mask is of a column that is there, and hides it. */
  void masked(Derived mask) {
    if (mask.name().equals(ResolvedTrainingSet.EVENT_TIME)) {
      problems.add(
          mask.origin(), "a training set's event_time can't be masked", "its readers go by it");
    } else if (!names.contains(mask.name())) {
      problems.addNearest(
          mask.origin(), "no column `%s` to mask".formatted(mask.name()), mask.name(), names);
    } else if (mask.expression().text().strip().replace("`", "").equalsIgnoreCase(mask.name())) {
      problems.add(
          mask.expression().origin(),
          "this does not hide `%s`".formatted(mask.name()),
          "such as \"sha2(cast(%s as string), 256)\", or \"null\"".formatted(mask.name()));
    }
  }

  void split(Origin origin) {
    add(ResolvedTrainingSet.SPLIT, origin, "the split's column has this name; rename the other");
  }

  /** Kept free in every training set, so that a split can be added without renaming a column. */
  private boolean reserved(String name, Origin origin, String hint) {
    boolean reserved = name.equalsIgnoreCase(ResolvedTrainingSet.SPLIT);
    if (reserved) {
      problems.add(origin, "`%s` is the name of the split's column".formatted(name), hint);
    }
    return reserved;
  }

  private void add(String name, Origin origin, String hint) {
    Origin other = taken.putIfAbsent(name.toLowerCase(Locale.ROOT), origin);
    if (other != null) {
      problems.add(origin, "two columns `%s`; the other is from %s".formatted(name, other), hint);
    }
    names.add(name);
  }
}
