package dev.tidemark.plan;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.KeyMapping;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Model;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.TimeRules;
import dev.tidemark.definition.TrainingSet;
import dev.tidemark.definition.Transformation;
import dev.tidemark.definition.Window;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Resolves all references of a project and checks the rules that need more than one definition. */
final class Resolver {
  private final Definitions definitions;
  private final Problems problems = new Problems();
  private final Map<String, Entity> entities = new LinkedHashMap<>();
  private final SortedMap<ResourceName, Rows> rows = new TreeMap<>();
  private final SortedMap<ResourceName, Label> labels = new TreeMap<>();
  private final SortedMap<ResourceName, ResolvedView> views = new TreeMap<>();
  private final SortedMap<ResourceName, Fingerprint> fingerprints = new TreeMap<>();

  /** Views that are defined but wrong: what uses them is not blamed for it. */
  private final Set<ResourceName> broken = new HashSet<>();

  Resolver(Definitions definitions) {
    this.definitions = definitions;
  }

  Graph resolve() {
    definitions.entities().forEach(entity -> entities.put(entity.name(), entity));
    definitions.sources().forEach(source -> rows.put(source.ref(), source));
    definitions.transformations().forEach(found -> rows.put(found.ref(), found));
    definitions.labels().forEach(label -> labels.put(label.ref(), label));
    new Cycles(rows, problems).find();
    rows.keySet().forEach(name -> fingerprint(name, new HashSet<>()));
    definitions.featureViews().forEach(this::view);
    definitions.labels().forEach(this::label);
    SortedMap<ResourceName, ResolvedTrainingSet> sets = new TreeMap<>();
    for (TrainingSet set : definitions.trainingSets()) {
      ResolvedTrainingSet resolved = new TrainingSetResolver(this, problems).resolve(set);
      if (resolved != null) {
        sets.put(set.ref(), resolved);
        fingerprints.put(set.ref(), resolved.fingerprint());
      }
    }
    definitions.models().forEach(this::model);
    definitions.tests().forEach(test -> tested(test.of()));
    problems.throwIfAny();
    return new Graph(definitions, rows, views, sets, fingerprints);
  }

  private void model(Model model) {
    List<ResourceName> known = definitions.trainingSets().stream().map(TrainingSet::ref).toList();
    if (!known.contains(model.trainingSet().to())) {
      unknown(model.trainingSet(), known);
    }
  }

  private void tested(Reference of) {
    List<ResourceName> known =
        Stream.concat(
                definitions.featureViews().stream().map(FeatureView::ref),
                definitions.trainingSets().stream().map(TrainingSet::ref))
            .toList();
    if (!known.contains(of.to())) {
      unknown(of, known);
    }
  }

  /**
   * The hash of a source or transformation, or null where something it reads is missing or reads it
   * in turn.
   */
  private @Nullable Fingerprint fingerprint(ResourceName name, Set<ResourceName> above) {
    Fingerprint known = fingerprints.get(name);
    Rows found = rows.get(name);
    if (known != null || found == null || !above.add(name)) {
      return known;
    }
    Fingerprint made =
        found.match(
            entity -> null,
            Fingerprints::of,
            transformation -> fingerprint(transformation, above),
            view -> null,
            label -> null,
            set -> null,
            model -> null);
    above.remove(name);
    if (made != null) {
      fingerprints.put(name, made);
    }
    return made;
  }

  private @Nullable Fingerprint fingerprint(
      Transformation transformation, Set<ResourceName> above) {
    Map<String, Fingerprint> inputs = new HashMap<>();
    for (Transformation.Input input : transformation.inputs()) {
      if (!rows.containsKey(input.rows().to())) {
        if (above.size() == 1) {
          unknown(input.rows(), rows.keySet());
        }
        return null;
      }
      Fingerprint of = fingerprint(input.rows().to(), above);
      if (of == null) {
        return null;
      }
      inputs.put(input.alias(), of);
    }
    return Fingerprints.of(transformation, inputs);
  }

  /** What a reference to events means, or null after saying that there is no such thing. */
  @Nullable Rows rows(Reference reference) {
    Rows found = rows.get(reference.to());
    if (found == null) {
      unknown(reference, rows.keySet());
    }
    return found;
  }

  @Nullable Label label(Reference reference) {
    Label found = labels.get(reference.to());
    if (found == null) {
      unknown(reference, labels.keySet());
    }
    return found;
  }

  /** The resolved view, or null; says so unless the view itself is to blame. */
  @Nullable ResolvedView view(Reference reference) {
    ResolvedView found = views.get(reference.to());
    if (found == null && !broken.contains(reference.to())) {
      List<ResourceName> known = definitions.featureViews().stream().map(FeatureView::ref).toList();
      problems.addNearest(
          reference.origin(),
          "no %s".formatted(reference.to()),
          reference.to().shortName(),
          known.stream().map(ResourceName::shortName).toList());
    }
    return found;
  }

  @Nullable Entity entity(Named name) {
    Entity found = entities.get(name.name());
    if (found == null) {
      problems.addNearest(
          name.origin(), "no entity `%s`".formatted(name), name.name(), entities.keySet());
    }
    return found;
  }

  @Nullable Fingerprint fingerprint(ResourceName name) {
    return fingerprints.get(name);
  }

  private void unknown(Reference reference, Collection<ResourceName> known) {
    problems.addNearest(
        reference.origin(),
        "no %s".formatted(reference.to()),
        reference.to().toString(),
        known.stream().map(ResourceName::toString).toList());
  }

  private void view(FeatureView view) {
    broken.add(view.ref());
    Entity entity = entity(view.entity());
    List<Rows> sources = new ArrayList<>();
    for (Reference reference : view.sources()) {
      Rows found = rows(reference);
      if (found != null) {
        sources.add(found);
      }
    }
    boolean named = uniqueColumns(view);
    if (entity == null || sources.size() < view.sources().size() || !named) {
      return;
    }
    boolean alike = sameRules(view, sources);
    boolean right = staticRules(view, sources.get(0)) && alike;
    List<BoundKey> keys = keys(List.of(entity), view.keys(), view.entity());
    List<Fingerprint> hashes = new ArrayList<>();
    for (Rows source : sources) {
      Fingerprint of = fingerprints.get(source.ref());
      if (of != null) {
        hashes.add(of);
      }
    }
    if (!right || keys == null || hashes.size() < sources.size()) {
      return;
    }
    Fingerprint fingerprint = Fingerprints.of(view, entity, hashes);
    views.put(view.ref(), new ResolvedView(view, entity, sources, keys, fingerprint));
    fingerprints.put(view.ref(), fingerprint);
    broken.remove(view.ref());
  }

  private boolean uniqueColumns(FeatureView view) {
    Map<String, Origin> seen = new HashMap<>();
    boolean right = true;
    for (Feature feature : view.features()) {
      for (String column : feature.columns()) {
        right &= uniqueColumn(column, feature.origin(), seen);
      }
    }
    for (Derived derived : view.derived()) {
      right &= uniqueColumn(derived.name(), derived.origin(), seen);
    }
    return right;
  }

  private boolean uniqueColumn(String column, Origin origin, Map<String, Origin> seen) {
    Origin other = seen.putIfAbsent(column.toLowerCase(Locale.ROOT), origin);
    if (other != null) {
      problems.add(
          origin,
          "two columns `%s` in one view; the other is at %s".formatted(column, other),
          "rename one of the features");
    }
    return other == null;
  }

  /** In a union, equal event times and corrections must be decided alike for all rows. */
  private boolean sameRules(FeatureView view, List<Rows> sources) {
    TimeRules first = sources.get(0).time();
    boolean right = true;
    for (int i = 1; i < sources.size(); i++) {
      TimeRules other = sources.get(i).time();
      boolean same =
          first.isStatic() == other.isStatic()
              && names(first.tieBreak()).equals(names(other.tieBreak()))
              && Set.copyOf(names(first.rowKey())).equals(Set.copyOf(names(other.rowKey())));
      if (!same) {
        problems.add(
            view.sources().get(i).origin(),
            "%s and %s can't be one view's events: they differ in `static`, `tie-break` or `row-key`"
                .formatted(sources.get(0).ref(), sources.get(i).ref()),
            "give both the same");
        right = false;
      }
    }
    return right;
  }

  private static List<String> names(List<Named> named) {
    return named.stream().map(Named::name).toList();
  }

  private boolean staticRules(FeatureView view, Rows source) {
    if (!source.time().isStatic()) {
      return true;
    }
    boolean right = true;
    if (view.ttl() != null) {
      problems.add(
          view.ttl().origin(),
          "a view of the static %s has no ttl: its rows have no event time".formatted(source.ref()),
          "leave it out, or give the source an event-time");
      right = false;
    }
    if (view.materialize() != null) {
      problems.add(
          view.materialize().origin(),
          "a view of the static %s has no history to materialize".formatted(source.ref()),
          "leave `materialize` out");
      right = false;
    }
    for (Feature feature : view.features()) {
      List<Window> windows = feature.match(latest -> List.of(), Feature.Windowed::windows);
      for (Window window : windows) {
        if (window.length() != null) {
          problems.add(
              window.origin(),
              "the rows of the static %s have no event time, so no window of %s"
                  .formatted(source.ref(), window.suffix()),
              "use windows = [unbounded], or give the source an event-time");
          right = false;
        }
      }
    }
    return right;
  }

  /**
   * Every key of the entities with its source column.
   *
   * @param named where the entities are named
   * @return null after a problem
   */
  @Nullable List<BoundKey> keys(List<Entity> of, List<KeyMapping> mappings, Named named) {
    Map<String, KeyMapping> mapped = new HashMap<>();
    boolean right = true;
    List<String> known =
        of.stream().flatMap(entity -> entity.keys().stream()).map(Column::name).toList();
    for (KeyMapping mapping : mappings) {
      mapped.put(mapping.key(), mapping);
      if (!known.contains(mapping.key())) {
        problems.addNearest(
            mapping.origin(),
            "no key `%s` in %s"
                .formatted(mapping.key(), String.join(", ", of.stream().map(Entity::id).toList())),
            mapping.key(),
            known);
        right = false;
      }
    }
    Map<String, BoundKey> bound = new LinkedHashMap<>();
    for (Entity entity : of) {
      for (Column key : entity.keys()) {
        KeyMapping mapping = mapped.get(key.name());
        BoundKey made =
            new BoundKey(
                key, mapping == null ? new Named(key.name(), named.origin()) : mapping.column());
        BoundKey other = bound.putIfAbsent(key.name(), made);
        if (other != null
            && !SqlMeaning.of(other.key().type()).equalsIgnoreCase(SqlMeaning.of(key.type()))) {
          problems.add(
              named.origin(),
              "two entities have a key `%s`, one as %s and one as %s"
                  .formatted(key.name(), other.key().type(), key.type()),
              "rename it in one of them, or give both the same type");
          right = false;
        }
      }
    }
    return right ? List.copyOf(bound.values()) : null;
  }

  private void label(Label label) {
    List<Entity> of = new ArrayList<>();
    for (Named name : label.entities()) {
      Entity entity = entity(name);
      if (entity != null) {
        of.add(entity);
      }
    }
    Rows source = rows(label.source());
    if (source == null || of.size() < label.entities().size()) {
      return;
    }
    if (source.time().isStatic()) {
      problems.add(
          label.source().origin(),
          "the rows of the static %s have no time, so they can't be labels".formatted(source.ref()),
          "give the source an event-time");
      return;
    }
    Fingerprint hash = fingerprints.get(source.ref());
    if (hash != null && keys(of, label.keys(), label.entities().get(0)) != null) {
      fingerprints.put(label.ref(), Fingerprints.of(label, of, hash));
    }
  }
}
