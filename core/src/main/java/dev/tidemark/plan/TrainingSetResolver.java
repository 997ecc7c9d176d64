package dev.tidemark.plan;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.KeyMapping;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Selection;
import dev.tidemark.definition.Spine;
import dev.tidemark.definition.Split;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.TrainingSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Resolves one training set: its rows, what is looked up for them, and the names of its columns.
 */
final class TrainingSetResolver {
  private final Resolver resolver;
  private final Problems problems;
  private final List<String> columns = new ArrayList<>();
  private final Map<String, Origin> taken = new HashMap<>();

  TrainingSetResolver(Resolver resolver, Problems problems) {
    this.resolver = resolver;
    this.problems = problems;
  }

  /** The rows of a training set, whichever way they are given. */
  private record Base(
      Rows rows,
      List<Named> entityNames,
      List<KeyMapping> mappings,
      @Nullable Sql where,
      List<Named> keep) {}

  @Nullable ResolvedTrainingSet resolve(TrainingSet set) {
    Label label = set.label() == null ? null : resolver.label(set.label());
    if (set.label() != null && label == null) {
      return null;
    }
    Base base = base(set, label);
    if (base == null) {
      return null;
    }
    List<Entity> entities = entities(base.entityNames());
    if (entities == null) {
      return null;
    }
    List<BoundKey> keys = resolver.keys(entities, base.mappings(), base.entityNames().get(0));
    LabelBinding binding = keys == null || label == null ? null : bind(set, label, keys);
    if (keys == null || (label != null && binding == null)) {
      return null;
    }
    keys.forEach(key -> column(key.key().name(), key.key().origin()));
    column(ResolvedTrainingSet.EVENT_TIME, set.origin());
    base.keep().forEach(kept -> column(kept.name(), kept.origin()));
    if (label != null) {
      column(label.ref().name(), label.origin());
    }
    List<ResolvedSelection> selections = new ArrayList<>();
    for (Selection selection : set.features()) {
      ResolvedSelection resolved = selection(selection, entities);
      if (resolved != null) {
        selections.add(resolved);
      }
    }
    for (Derived derived : set.derived()) {
      column(derived.name(), derived.origin());
    }
    boolean split = split(set, entities);
    Fingerprint labelHash = label == null ? null : resolver.fingerprint(label.ref());
    Fingerprint spineHash = set.spine() == null ? null : resolver.fingerprint(base.rows().ref());
    if (selections.size() < set.features().size()
        || !split
        || (label != null && labelHash == null)
        || (set.spine() != null && spineHash == null)) {
      return null;
    }
    return new ResolvedTrainingSet(
        set,
        entities,
        base.rows(),
        keys,
        base.where(),
        base.keep(),
        label,
        binding == null ? null : binding.source(),
        binding == null ? null : binding.keys(),
        selections,
        columns,
        Fingerprints.of(
            set,
            entities,
            labelHash,
            spineHash,
            selections.stream().map(selection -> selection.view().fingerprint()).toList()));
  }

  private @Nullable Base base(TrainingSet set, @Nullable Label label) {
    Spine spine = set.spine();
    if (spine != null) {
      Rows rows = resolver.rows(spine.source());
      if (rows != null && rows.time().isStatic()) {
        problems.add(
            spine.source().origin(),
            "the rows of the static %s have no time, so they can't be a spine"
                .formatted(rows.ref()),
            "give the source an event-time");
        return null;
      }
      return rows == null
          ? null
          : new Base(rows, spine.entities(), spine.keys(), spine.where(), spine.keep());
    }
    if (label == null) {
      return null;
    }
    Rows rows = resolver.rows(label.source());
    return rows == null || rows.time().isStatic()
        ? null
        : new Base(rows, label.entities(), label.keys(), label.where(), label.keep());
  }

  private @Nullable List<Entity> entities(List<Named> names) {
    List<Entity> entities = new ArrayList<>();
    for (Named name : names) {
      Entity entity = resolver.entity(name);
      if (entity != null) {
        entities.add(entity);
      }
    }
    return entities.size() == names.size() ? entities : null;
  }

  private record LabelBinding(Rows source, List<BoundKey> keys) {}

  /** Where the label's source holds the keys of the spine. */
  private @Nullable LabelBinding bind(TrainingSet set, Label label, List<BoundKey> spineKeys) {
    Rows source = resolver.rows(label.source());
    List<Entity> entities = entities(label.entities());
    if (source == null || entities == null || source.time().isStatic()) {
      return null;
    }
    Reference use = set.label();
    Origin origin = use == null ? set.origin() : use.origin();
    if (set.spine() != null && label.target().match(ofRow -> true, over -> false)) {
      problems.add(
          origin,
          "%s is a value of its own rows, but the training set has a spine".formatted(label.ref()),
          "leave `spine` out, or give the label `aggregate` and `horizon`");
      return null;
    }
    List<BoundKey> keys = resolver.keys(entities, label.keys(), label.entities().get(0));
    if (keys == null) {
      return null;
    }
    List<String> held = spineKeys.stream().map(key -> key.key().name()).toList();
    for (BoundKey key : keys) {
      if (!held.contains(key.key().name())) {
        problems.add(
            origin,
            "the spine has no key `%s`, by which %s is found"
                .formatted(key.key().name(), label.ref()),
            "add entity `%s` to the spine".formatted(label.entities().get(0)));
        return null;
      }
    }
    return new LabelBinding(source, keys);
  }

  private @Nullable ResolvedSelection selection(Selection selection, List<Entity> entities) {
    ResolvedView view = resolver.view(selection.view());
    if (view == null) {
      return null;
    }
    List<ResolvedSelection.SpineColumn> spineColumns = spineColumns(selection, view, entities);
    List<String> chosen = chosen(selection, view.view());
    if (spineColumns == null || chosen == null) {
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
    List<ResolvedSelection.Taken> columns = new ArrayList<>();
    for (String column : chosen) {
      String as =
          selection.as() != null
              ? selection.as().name()
              : selection.prefix() != null ? selection.prefix().name() + "_" + column : column;
      column(as, selection.origin());
      columns.add(new ResolvedSelection.Taken(column, as));
    }
    return new ResolvedSelection(selection, view, spineColumns, columns);
  }

  private @Nullable List<ResolvedSelection.SpineColumn> spineColumns(
      Selection selection, ResolvedView view, List<Entity> entities) {
    List<ResolvedSelection.SpineColumn> found = new ArrayList<>();
    if (selection.keys().isEmpty()) {
      if (!entities.contains(view.entity())) {
        problems.add(
            selection.origin(),
            "%s is of entity `%s`, and the rows are of %s"
                .formatted(
                    view.view().ref(),
                    view.entity().name(),
                    String.join(", ", entities.stream().map(Entity::name).toList())),
            "add the entity to the spine, or say which columns hold it: { view = %s, keys { %s = some_column } }"
                .formatted(view.view().ref().shortName(), view.entity().keys().get(0).name()));
        return null;
      }
      view.keys()
          .forEach(key -> found.add(new ResolvedSelection.SpineColumn(key.key().name(), false)));
      return found;
    }
    Map<String, KeyMapping> mapped = new HashMap<>();
    List<String> known = view.entity().keys().stream().map(Column::name).toList();
    for (KeyMapping mapping : selection.keys()) {
      mapped.put(mapping.key(), mapping);
      if (!known.contains(mapping.key())) {
        problems.addNearest(
            mapping.origin(),
            "no key `%s` in %s".formatted(mapping.key(), view.entity().id()),
            mapping.key(),
            known);
        return null;
      }
    }
    for (BoundKey key : view.keys()) {
      KeyMapping mapping = mapped.get(key.key().name());
      if (mapping == null) {
        problems.add(
            selection.origin(),
            "`keys` leaves out `%s` of %s".formatted(key.key().name(), view.entity().id()),
            "name a spine column for each of its keys");
        return null;
      }
      found.add(new ResolvedSelection.SpineColumn(mapping.column().name(), true));
    }
    return found;
  }

  /** The view's columns that a selection means. */
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
        view.columns());
    return null;
  }

  private void column(String name, Origin origin) {
    Origin other = taken.putIfAbsent(name.toLowerCase(Locale.ROOT), origin);
    if (other != null) {
      problems.add(
          origin,
          "two columns `%s`; the other is from %s".formatted(name, other),
          "rename one with `as`, or a whole view with `prefix`");
    }
    columns.add(name);
  }

  private boolean split(TrainingSet set, List<Entity> entities) {
    Split split = set.split();
    if (split == null) {
      return true;
    }
    column(ResolvedTrainingSet.SPLIT, split.origin());
    Named entity = split.match(byTime -> null, Split.ByEntity::entity, byRandom -> null);
    boolean byEntity = split.match(byTime -> false, found -> true, byRandom -> false);
    List<String> names = entities.stream().map(Entity::name).toList();
    if (entity != null && !names.contains(entity.name())) {
      problems.addNearest(
          entity.origin(),
          "the rows are not of entity `%s`".formatted(entity),
          entity.name(),
          names);
      return false;
    }
    if (byEntity && entity == null && entities.size() > 1) {
      problems.add(
          split.origin(),
          "a split by entity of rows with several entities must say which one",
          "add entity = " + names.get(0));
      return false;
    }
    return true;
  }
}
