package dev.tidemark.plan;

import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.KeyMapping;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Selection;
import dev.tidemark.definition.Spine;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.TrainingSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Resolves one training set: its rows, what is looked up for them, and the names of its columns. It
 * goes on after a problem, so that all are told at once.
 */
final class TrainingSetResolver {
  private final References references;
  private final Map<ResourceName, ResolvedView> views;
  private final Map<ResourceName, Fingerprint> fingerprints;
  private final Problems problems;
  private final OutputColumns columns;

  /**
   * @param views all that are right
   * @param fingerprints of all rows and labels that are right
   */
  TrainingSetResolver(
      References references,
      Map<ResourceName, ResolvedView> views,
      Map<ResourceName, Fingerprint> fingerprints,
      Problems problems) {
    this.references = references;
    this.views = views;
    this.fingerprints = fingerprints;
    this.problems = problems;
    this.columns = new OutputColumns(problems);
  }

  /** The rows of a training set, whichever way they are given. */
  private record Base(
      Rows rows,
      List<Entity> entities,
      List<BoundKey> keys,
      @Nullable Sql where,
      List<Named> keep) {}

  private record LabelBinding(Rows source, List<BoundKey> keys) {}

  /** The training set, or null after saying what is wrong with it or with what it is made from. */
  @Nullable ResolvedTrainingSet resolve(TrainingSet set) {
    Label label = set.label() == null ? null : references.label(set.label());
    Base base = base(set, label);
    LabelBinding binding = base == null || label == null ? null : bind(set, label, base.entities());
    if (base != null) {
      base.keys().forEach(key -> columns.key(key.key()));
      columns.time(set.origin());
      base.keep().forEach(columns::kept);
    }
    if (label != null) {
      columns.label(label, set.label());
    }
    List<ResolvedSelection> selections = new ArrayList<>();
    for (Selection selection : set.features()) {
      ResolvedSelection resolved = selection(selection, base);
      if (resolved != null) {
        selections.add(resolved);
      }
    }
    set.derived().forEach(columns::derived);
    set.mask().forEach(columns::masked);
    if (set.split() != null) {
      columns.split(set.split().origin());
    }
    if (base != null && selections.size() == set.features().size()) {
      // Of a set that lacks columns nobody knows what is misspelt.
      GateRules.check(set, label, columns.names(), problems);
    }
    boolean split =
        base == null
            || set.split() == null
            || new SplitRules(problems).check(set.split(), base.entities());
    Fingerprint labelHash = label == null ? null : fingerprints.get(label.ref());
    Fingerprint spineHash = base == null ? null : fingerprints.get(base.rows().ref());
    boolean labelled = set.label() == null || (binding != null && labelHash != null);
    if (base == null
        || spineHash == null
        || !labelled
        || !split
        || selections.size() < set.features().size()) {
      return null;
    }
    return new ResolvedTrainingSet(
        set,
        base.entities(),
        base.rows(),
        base.keys(),
        base.where(),
        base.keep(),
        label,
        binding == null ? null : binding.source(),
        binding == null ? null : binding.keys(),
        selections,
        columns.names(),
        Fingerprints.of(
            set,
            base.entities(),
            labelHash,
            set.spine() == null ? null : spineHash,
            selections.stream().map(selection -> selection.view().fingerprint()).toList(),
            selections.stream().map(ResolvedSelection::materialized).toList()));
  }

  private @Nullable Base base(TrainingSet set, @Nullable Label label) {
    Spine spine = set.spine();
    if (spine == null) {
      return label == null
          ? null
          : base(
              references.rows(label.source()),
              label.entities(),
              label.keys(),
              label.where(),
              label.keep());
    }
    Rows rows = references.rows(spine.source());
    if (rows != null && rows.time().isStatic()) {
      problems.add(
          spine.source().origin(),
          "the rows of the static %s have no time, so they can't be a spine".formatted(rows.ref()),
          "give the source an event-time");
      return null;
    }
    return base(rows, spine.entities(), spine.keys(), spine.where(), spine.keep());
  }

  private @Nullable Base base(
      @Nullable Rows rows,
      List<Named> names,
      List<KeyMapping> mappings,
      @Nullable Sql where,
      List<Named> keep) {
    List<Entity> entities = references.entities(names);
    List<BoundKey> keys =
        entities == null ? null : new KeyBinding(problems).bind(entities, mappings, names);
    return rows == null || rows.time().isStatic() || entities == null || keys == null
        ? null
        : new Base(rows, entities, keys, where, keep);
  }

  /** Where the label's source holds the keys by which a spine row finds its label. */
  private @Nullable LabelBinding bind(TrainingSet set, Label label, List<Entity> spineEntities) {
    Rows source = references.rows(label.source());
    List<Entity> entities = references.entities(label.entities());
    Reference use = set.label();
    if (source == null || entities == null || use == null) {
      return null;
    }
    if (set.spine() != null && label.target().match(ofRow -> true, over -> false)) {
      problems.add(
          use.origin(),
          "%s is a value of its own rows, but the training set has a spine".formatted(label.ref()),
          "leave `spine` out; a label read at a spine's rows needs `aggregate` and `horizon`");
      return null;
    }
    for (Entity entity : entities) {
      if (!spineEntities.contains(entity)) {
        problems.add(
            use.origin(),
            "%s is of entity `%s`, and the rows are of %s"
                .formatted(label.ref(), entity.name(), names(spineEntities)),
            "add entity `%s` to the spine".formatted(entity.name()));
        return null;
      }
    }
    List<BoundKey> keys = new KeyBinding(problems).bind(entities, label.keys(), label.entities());
    return keys == null ? null : new LabelBinding(source, keys);
  }

  private @Nullable ResolvedSelection selection(Selection selection, @Nullable Base base) {
    FeatureView view = references.view(selection);
    List<String> chosen = view == null ? null : chosen(selection, view);
    if (view == null || chosen == null) {
      return null;
    }
    if (selection.as() != null && chosen.size() != 1) {
      problems.add(
          selection.as().origin(),
          "`as` names one column, but %d are taken: %s"
              .formatted(chosen.size(), String.join(", ", chosen)),
          "name one of them after the view, or use `prefix`");
      return null;
    }
    List<ResolvedSelection.Taken> taken = new ArrayList<>();
    for (String column : chosen) {
      String as = columnName(selection, column);
      columns.feature(as, selection);
      taken.add(new ResolvedSelection.Taken(column, as));
    }
    ResolvedView resolved = views.get(view.ref());
    if (resolved == null) {
      return null;
    }
    boolean lagged = lag(selection, resolved);
    boolean materialized = isMaterialized(selection, view);
    lagged &= !materialized || hasTable(selection, view);
    List<ResolvedSelection.SpineColumn> spineColumns =
        base == null ? null : spineColumns(selection, resolved, base.entities());
    return spineColumns == null || !lagged
        ? null
        : new ResolvedSelection(selection, resolved, spineColumns, taken, materialized);
  }

  /** Whether a selection reads the view's offline table: as it says itself, or else the view. */
  private static boolean isMaterialized(Selection selection, FeatureView view) {
    Boolean own = selection.useMaterialized();
    return own == null ? view.useMaterialized() != null : own;
  }

  private boolean hasTable(Selection selection, FeatureView view) {
    if (view.materialize() == null && view.useMaterialized() == null) {
      problems.add(
          selection.origin(),
          "%s is not materialized, so there is no offline table to use".formatted(view.ref()),
          "add materialize { every = 1d, start = \"2024-01-01\" } to it, or leave `use-materialized` out");
    }
    return view.materialize() != null;
  }

  private static String columnName(Selection selection, String column) {
    if (selection.as() != null) {
      return selection.as().name();
    }
    return selection.prefix() == null ? column : selection.prefix().name() + "_" + column;
  }

  private boolean lag(Selection selection, ResolvedView view) {
    if (selection.lag() == null || !view.isStatic()) {
      return true;
    }
    problems.add(
        selection.lag().origin(),
        "%s reads a static source, which is the same at every time, so it has no lag"
            .formatted(view.view().ref()),
        "leave it out, or give the source an event-time");
    return false;
  }

  private @Nullable List<ResolvedSelection.SpineColumn> spineColumns(
      Selection selection, ResolvedView view, List<Entity> entities) {
    if (!selection.keys().isEmpty()) {
      return role(selection, view);
    }
    if (!entities.contains(view.entity())) {
      String keys =
          view.entity().keys().stream()
              .map(key -> key.name() + " = some_column")
              .collect(Collectors.joining(", "));
      problems.add(
          selection.origin(),
          "%s is of entity `%s`, and the rows are of %s"
              .formatted(view.view().ref(), view.entity().name(), names(entities)),
          "add the entity to the spine, or say which columns hold it: { view = %s, keys { %s } }"
              .formatted(view.view().ref().shortName(), keys));
      return null;
    }
    return view.keys().stream()
        .map(key -> new ResolvedSelection.SpineColumn(key.key().name(), false))
        .toList();
  }

  /** The spine's columns that hold the entity's keys for this selection. */
  private @Nullable List<ResolvedSelection.SpineColumn> role(
      Selection selection, ResolvedView view) {
    if (!new KeyBinding(problems).known(List.of(view.entity()), selection.keys())) {
      return null;
    }
    Map<String, Named> mapped = new HashMap<>();
    selection.keys().forEach(mapping -> mapped.put(mapping.key(), mapping.column()));
    List<ResolvedSelection.SpineColumn> found = new ArrayList<>();
    for (BoundKey key : view.keys()) {
      Named column = mapped.get(key.key().name());
      if (column == null) {
        problems.add(
            selection.origin(),
            "`keys` leaves out `%s` of %s".formatted(key.key().name(), view.entity().id()),
            "name a spine column for each of its keys");
        return null;
      }
      found.add(new ResolvedSelection.SpineColumn(column.name(), true));
    }
    return found;
  }

  /** The view's columns that a selection means: one by its name, or all of a feature's windows. */
  private @Nullable List<String> chosen(Selection selection, FeatureView view) {
    Named named = selection.feature();
    if (named == null) {
      return view.columns();
    }
    if (view.columns().contains(named.name())) {
      return List.of(named.name());
    }
    for (Feature feature : view.features()) {
      if (feature.name().equals(named.name())) {
        return feature.columns();
      }
    }
    problems.addNearest(
        named.origin(),
        "no feature `%s` in %s".formatted(named, view.ref()),
        named.name(),
        Stream.concat(view.columns().stream(), view.features().stream().map(Feature::name))
            .toList());
    return null;
  }

  private static String names(List<Entity> entities) {
    return entities.stream()
        .map(entity -> "`" + entity.name() + "`")
        .collect(Collectors.joining(", "));
  }
}
