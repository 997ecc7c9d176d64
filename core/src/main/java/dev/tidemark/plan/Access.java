package dev.tidemark.plan;

import dev.tidemark.definition.ColumnNote;
import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Policy;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.TrainingSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Holds a policy against what is run: who may use what carries which tags.
 *
 * <p>A resource's tags are those of all its columns. Tags go where values go: a feature carries
 * those of every source column whose value is in it. What is only asked in a condition is used as
 * well, but is not in the values.
 */
public final class Access {
  private final Definitions definitions;
  private final ColumnLineage lineage;

  /** Tags that are written down, by resource and by column. */
  private final Map<String, List<String>> ofResources = new HashMap<>();

  private final Map<ColumnRef, List<String>> ofColumns = new HashMap<>();

  public Access(Definitions definitions, ColumnLineage lineage) {
    this.definitions = definitions;
    this.lineage = lineage;
    for (Resource resource : Uses.all(definitions)) {
      ofResources.put(resource.id(), resource.about().tags());
    }
    definitions.sources().forEach(this::notes);
    definitions.transformations().forEach(this::notes);
    for (FeatureView view : definitions.featureViews()) {
      for (Feature feature : view.features()) {
        feature
            .columns()
            .forEach(
                column -> ofColumns.put(new ColumnRef(view.id(), column), feature.about().tags()));
      }
    }
  }

  private void notes(Rows rows) {
    for (ColumnNote note : rows.columns()) {
      lineage.of(rows.id()).stream()
          .filter(column -> column.column().equalsIgnoreCase(note.name()))
          .forEach(column -> ofColumns.put(column, note.about().tags()));
    }
  }

  /** The tags of a column's values, each with where it is written: a resource or a column. */
  public SortedMap<String, String> tags(ColumnRef column) {
    SortedMap<String, String> found = new TreeMap<>();
    own(column, found);
    lineage.upstream(column).forEach(each -> own(each, found));
    return found;
  }

  private void own(ColumnRef column, SortedMap<String, String> found) {
    ofResources
        .getOrDefault(column.resource(), List.of())
        .forEach(tag -> found.putIfAbsent(tag, column.resource()));
    ofColumns
        .getOrDefault(column, List.of())
        .forEach(tag -> found.putIfAbsent(tag, column.toString()));
  }

  /**
   * What a policy has against somebody who runs resources.
   *
   * @param ids training sets and views
   * @param rules that hold for whoever runs them, where they do
   * @param who for the text
   * @param environment for the text
   */
  public List<Problem> refusals(
      Collection<String> ids, Collection<Policy.Rule> rules, String who, String environment) {
    List<Problem> problems = new ArrayList<>();
    for (String id : new TreeSet<>(ids)) {
      for (Policy.Rule rule : rules) {
        SortedMap<String, String> meant = rule.masked() ? unmasked(id, rule) : used(id, rule);
        if (!meant.isEmpty()) {
          problems.add(refusal(id, rule, meant, who, environment));
        }
      }
    }
    return problems;
  }

  private static Problem refusal(
      String id, Policy.Rule rule, SortedMap<String, String> meant, String who, String where) {
    String what =
        meant.entrySet().stream()
            .map(each -> each.getKey() + " (" + each.getValue() + ")")
            .collect(Collectors.joining(", "));
    Set<String> roles = rule.roles();
    String allowed =
        roles == null || roles.isEmpty()
            ? "nobody may"
            : "only %s may".formatted(String.join(", ", new TreeSet<>(roles)));
    String why = rule.description() == null ? "" : "; " + rule.description();
    return rule.masked()
        ? new Problem(
            rule.origin(),
            "rule `%s`: %s shows %s unmasked".formatted(rule.name(), id, what),
            "add mask { column = \"sha2(cast(column as string), 256)\" } to it" + why)
        : new Problem(
            rule.origin(),
            "rule `%s`: %s uses %s".formatted(rule.name(), id, what),
            "%s, in the environment %s; you are `%s`%s".formatted(allowed, where, who, why));
  }

  /** The columns of a training set that carry a rule's tags and are not masked. */
  private SortedMap<String, String> unmasked(String id, Policy.Rule rule) {
    Set<String> masked = new HashSet<>();
    boolean isSet = false;
    for (TrainingSet set : definitions.trainingSets()) {
      if (set.id().equals(id)) {
        isSet = true;
        set.mask().stream().map(Derived::name).forEach(masked::add);
      }
    }
    SortedMap<String, String> found = new TreeMap<>();
    if (isSet) {
      for (ColumnRef column : lineage.of(id)) {
        SortedMap<String, String> tags = tags(column);
        tags.keySet().retainAll(rule.tags());
        if (!tags.isEmpty() && !masked.contains(column.column())) {
          found.put(column.column(), "tagged " + String.join(", ", tags.keySet()));
        }
      }
    }
    return found;
  }

  /** A rule's tags that anything carries of which a resource is made, and where each is written. */
  private SortedMap<String, String> used(String id, Policy.Rule rule) {
    SortedMap<String, String> found = new TreeMap<>();
    for (Resource resource : Uses.closure(definitions, List.of(id))) {
      for (String tag : rule.meant(resource.about().tags())) {
        found.putIfAbsent(tag, resource.id());
      }
    }
    Set<ColumnRef> seen = new HashSet<>();
    Deque<ColumnRef> open = new ArrayDeque<>(lineage.of(id));
    while (!open.isEmpty()) {
      ColumnRef column = open.remove();
      if (seen.add(column)) {
        for (String tag : rule.meant(ofColumns.getOrDefault(column, List.of()))) {
          found.putIfAbsent(tag, column.toString());
        }
        open.addAll(lineage.of(column).values());
        open.addAll(lineage.of(column).conditions());
      }
    }
    return found;
  }
}
