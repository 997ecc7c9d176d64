package dev.tidemark.plan;

import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.TrainingSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the offline tables of training sets and materialized views are called. */
public final class TableNames {
  private final Map<String, ResourceName> owners = new HashMap<>();
  private final Problems problems;

  private TableNames(Problems problems) {
    this.problems = problems;
  }

  /** {@code name_variant}. */
  static String of(ResourceName name) {
    return name.name() + "_" + name.variant();
  }

  /** Of a view's newest values. */
  static String latest(ResourceName name) {
    return of(name) + "__latest";
  }

  /** Of what was scored by a training set's definition. */
  static String scoring(ResourceName name) {
    return of(name) + "__scoring";
  }

  /**
   * All tables that a resource may have, in some providers.
   *
   * @param id its id; nothing for kinds that have no tables
   */
  public static List<Target> all(String id, List<Provider> providers) {
    List<String> names = new ArrayList<>();
    if (id.startsWith(Kind.FEATURE_VIEW.key() + ".")) {
      ResourceName name = ResourceName.of(id);
      names.addAll(List.of(of(name), latest(name), of(name) + StateCoverage.TABLE_SUFFIX));
    } else if (id.startsWith(Kind.TRAINING_SET.key() + ".")) {
      ResourceName name = ResourceName.of(id);
      names.addAll(List.of(of(name), scoring(name)));
    }
    return providers.stream()
        .flatMap(provider -> names.stream().map(name -> new Target(provider, name)))
        .toList();
  }

  /**
   * No two resources may write one table: {@code a_b.v1} and {@code a.b_v1}, or a view and a
   * training set of one name; beside each view's table there is one of its state. Upper and lower
   * case are one, as they are in most catalogs.
   */
  static void check(Definitions definitions, Problems problems) {
    TableNames names = new TableNames(problems);
    for (FeatureView view : definitions.featureViews()) {
      boolean clashes =
          view.materialize() != null && !names.claim(of(view.ref()), view.ref(), view);
      if (!clashes) {
        names.claim(latest(view.ref()), view.ref(), view);
      }
      if (!clashes && view.materialize() != null) {
        names.claim(of(view.ref()) + StateCoverage.TABLE_SUFFIX, view.ref(), view);
      }
    }
    for (TrainingSet set : definitions.trainingSets()) {
      if (names.claim(of(set.ref()), set.ref(), set)) {
        names.claim(scoring(set.ref()), set.ref(), set);
      }
    }
  }

  /** False if another has it, which has then been said. */
  private boolean claim(String table, ResourceName name, Resource resource) {
    ResourceName other = owners.putIfAbsent(table.toLowerCase(Locale.ROOT), name);
    if (other != null) {
      problems.add(
          resource.origin(),
          "%s and %s would write the same table `%s`".formatted(name, other, table),
          "rename one of them");
    }
    return other == null;
  }
}
