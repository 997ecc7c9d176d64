package dev.tidemark.plan;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.TimeRules;
import dev.tidemark.definition.Window;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Resolves one feature view: its entity, its sources, and the names of its columns. */
final class ViewResolver {
  private final References references;
  private final Map<ResourceName, Fingerprint> fingerprints;
  private final Problems problems;

  /**
   * @param fingerprints of all rows that are sound
   */
  ViewResolver(
      References references, Map<ResourceName, Fingerprint> fingerprints, Problems problems) {
    this.references = references;
    this.fingerprints = fingerprints;
    this.problems = problems;
  }

  /** The view, or null after saying what is wrong with it or with what it reads. */
  @Nullable ResolvedView resolve(FeatureView view) {
    Entity entity = references.entity(view.entity());
    List<Rows> sources = sources(view);
    boolean named = uniqueColumns(view, entity);
    List<BoundKey> keys =
        entity == null
            ? null
            : new KeyBinding(problems).bind(List.of(entity), view.keys(), List.of(view.entity()));
    boolean right = sources != null && rules(view, sources);
    if (entity != null) {
      GateRules.check(view, entity.keys().stream().map(Column::name).toList(), problems);
    }
    if (entity == null || sources == null || keys == null || !named || !right) {
      return null;
    }
    List<Fingerprint> hashes = new ArrayList<>();
    for (Rows source : sources) {
      Fingerprint hash = fingerprints.get(source.ref());
      if (hash == null) {
        return null;
      }
      hashes.add(hash);
    }
    return new ResolvedView(view, entity, sources, keys, Fingerprints.of(view, entity, hashes));
  }

  private @Nullable List<Rows> sources(FeatureView view) {
    List<Rows> sources = new ArrayList<>();
    Set<ResourceName> seen = new HashSet<>();
    boolean right = true;
    for (Reference reference : view.sources()) {
      Rows found = references.rows(reference);
      if (found == null) {
        right = false;
      } else if (!seen.add(found.ref())) {
        problems.add(
            reference.origin(),
            "%s twice: each of its rows would count twice".formatted(found.ref()),
            "name it once");
        right = false;
      } else {
        sources.add(found);
      }
    }
    return right ? sources : null;
  }

  private boolean uniqueColumns(FeatureView view, @Nullable Entity entity) {
    Map<String, Origin> seen = new HashMap<>();
    boolean right = true;
    for (Feature feature : view.features()) {
      for (String column : feature.columns()) {
        right &= uniqueColumn(column, feature.origin(), seen);
        right &= free(column, feature.origin(), entity);
      }
    }
    for (Derived derived : view.derived()) {
      right &= uniqueColumn(derived.name(), derived.origin(), seen);
      right &= free(derived.name(), derived.origin(), entity);
    }
    for (Feature feature : view.features()) {
      Origin other = seen.get(feature.name().toLowerCase(Locale.ROOT));
      if (!feature.columns().contains(feature.name()) && other != null) {
        problems.add(
            other,
            "`%s` is also the name of a feature with windows, at %s"
                .formatted(feature.name(), feature.origin()),
            "a training set that asks for it could mean both: rename one of them");
        right = false;
      }
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

  /** A materialized view has the entity's keys and two times beside its features. */
  private boolean free(String column, Origin origin, @Nullable Entity entity) {
    String owner = null;
    if (column.equalsIgnoreCase(ResolvedTrainingSet.EVENT_TIME)) {
      owner = "the column of T";
    } else if (column.equalsIgnoreCase(ResolvedView.AVAILABLE_TIME)) {
      owner = "the column that tells when a materialized row could be known";
    } else if (entity != null
        && entity.keys().stream().map(Column::name).anyMatch(column::equalsIgnoreCase)) {
      owner = "a key of " + entity.id();
    }
    if (owner != null) {
      problems.add(origin, "`%s` is the name of %s".formatted(column, owner), "rename it");
    }
    return owner == null;
  }

  private boolean rules(FeatureView view, List<Rows> sources) {
    boolean alike = sameRules(view, sources);
    boolean offline = tableRules(view);
    boolean right = staticRules(view, sources.get(0));
    return alike && offline && right;
  }

  /** In a union, equal event times and corrections must be decided alike for all rows. */
  private boolean sameRules(FeatureView view, List<Rows> sources) {
    TimeRules first = sources.get(0).time();
    boolean right = true;
    for (int i = 1; i < sources.size(); i++) {
      TimeRules other = sources.get(i).time();
      List<String> different = new ArrayList<>();
      if (first.isStatic() != other.isStatic()) {
        different.add("`static`");
      }
      if (!names(first.tieBreak()).equals(names(other.tieBreak()))) {
        different.add("`tie-break`");
      }
      if (!Set.copyOf(names(first.rowKey())).equals(Set.copyOf(names(other.rowKey())))) {
        different.add("`row-key`");
      }
      if (!different.isEmpty()) {
        problems.add(
            view.sources().get(i).origin(),
            "%s and %s can't be one view's events: they differ in %s"
                .formatted(
                    sources.get(0).ref(), sources.get(i).ref(), String.join(" and ", different)),
            "give both the same");
        right = false;
      }
    }
    return right;
  }

  private static List<String> names(List<Named> named) {
    return named.stream().map(Named::name).toList();
  }

  private boolean tableRules(FeatureView view) {
    if (view.useMaterialized() == null || view.materialize() != null) {
      return true;
    }
    problems.add(
        view.useMaterialized(),
        "%s is not materialized, so there is no offline table to use".formatted(view.ref()),
        "add materialize { every = 1d, start = \"2024-01-01\" }");
    return false;
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
    if (view.exclusive()) {
      problems.add(
          view.origin(),
          "as-of = exclusive means nothing to a view of the static %s".formatted(source.ref()),
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
}
