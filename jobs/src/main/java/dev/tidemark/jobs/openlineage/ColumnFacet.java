package dev.tidemark.jobs.openlineage;

import dev.tidemark.plan.ColumnLineage;
import dev.tidemark.plan.ColumnLineage.How;
import dev.tidemark.plan.ColumnRef;
import io.openlineage.client.OpenLineage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The column lineage of a table: from each of its columns to the columns of the datasets that were
 * read, through views and transformations, which are no datasets.
 *
 * <p>On the way ways add up: what is aggregated anywhere is aggregated, and what is computed with
 * anywhere is computed with. A column that decides which rows a value is made of decides about the
 * column in which it ends.
 */
final class ColumnFacet {
  private final OpenLineage openLineage;
  private final ColumnLineage lineage;
  private final Function<String, @Nullable Place> datasets;

  /**
   * @param datasets the dataset that a resource or table is, by its id or name; null: it is none
   */
  ColumnFacet(
      OpenLineage openLineage, ColumnLineage lineage, Function<String, @Nullable Place> datasets) {
    this.openLineage = openLineage;
    this.lineage = lineage;
    this.datasets = datasets;
  }

  /**
   * Of some columns of a resource.
   *
   * @return null if nothing is known of any
   */
  OpenLineage.@Nullable ColumnLineageDatasetFacet of(String resource, Collection<String> columns) {
    OpenLineage.ColumnLineageDatasetFacetFieldsBuilder fields =
        openLineage.newColumnLineageDatasetFacetFieldsBuilder();
    boolean any = false;
    for (String column : columns) {
      List<OpenLineage.InputField> origins = origins(new ColumnRef(resource, column));
      if (!origins.isEmpty()) {
        any = true;
        fields.put(
            column, openLineage.newColumnLineageDatasetFacetFieldsAdditional(origins, null, null));
      }
    }
    return any ? openLineage.newColumnLineageDatasetFacet(fields.build(), null) : null;
  }

  /** How far a value has come. */
  private record Step(ColumnRef column, @Nullable How how, boolean decides) {}

  /** In what ways a column of a dataset enters; with an unknown way, not even one. */
  private static final class Ways {
    private final Set<How> direct = EnumSet.noneOf(How.class);
    private final Set<How> indirect = EnumSet.noneOf(How.class);
    private boolean unknownDirect;
    private boolean unknownIndirect;
  }

  private List<OpenLineage.InputField> origins(ColumnRef column) {
    SortedMap<ColumnRef, Ways> found = new TreeMap<>();
    List<Step> open = new ArrayList<>(next(new Step(column, How.IDENTITY, false)));
    Set<Step> seen = new HashSet<>(open);
    while (!open.isEmpty()) {
      Step step = open.remove(open.size() - 1);
      if (datasets.apply(step.column().resource()) != null) {
        note(step, found.computeIfAbsent(step.column(), any -> new Ways()));
      } else {
        next(step).stream().filter(seen::add).forEach(open::add);
      }
    }
    return found.entrySet().stream().map(this::field).toList();
  }

  private static void note(Step step, Ways ways) {
    How how = step.how();
    if (step.decides()) {
      ways.unknownIndirect |= how == null;
    } else {
      ways.unknownDirect |= how == null;
    }
    if (how != null) {
      (step.decides() ? ways.indirect : ways.direct).add(how);
    }
  }

  private List<Step> next(Step from) {
    ColumnLineage.Origins origins = lineage.of(from.column());
    List<Step> next = new ArrayList<>();
    for (ColumnRef value : origins.values()) {
      next.add(
          from.decides()
              ? new Step(value, from.how(), true)
              : new Step(value, stronger(from.how(), way(origins, value, true)), false));
    }
    for (ColumnRef condition : origins.conditions()) {
      Set<How> ways = new HashSet<>(origins.how().getOrDefault(condition, Set.of()));
      ways.removeIf(How::isOfValues);
      if (ways.isEmpty()) {
        next.add(new Step(condition, null, true));
      }
      ways.forEach(way -> next.add(new Step(condition, way, true)));
    }
    return next;
  }

  private static @Nullable How way(
      ColumnLineage.Origins origins, ColumnRef column, boolean ofValues) {
    return origins.how().getOrDefault(column, Set.of()).stream()
        .filter(how -> how.isOfValues() == ofValues)
        .max(How::compareTo)
        .orElse(null);
  }

  /** Unknown is less than aggregated or computed with, since it is nothing more than either. */
  private static @Nullable How stronger(@Nullable How one, @Nullable How other) {
    if (one == How.AGGREGATION || other == How.AGGREGATION) {
      return How.AGGREGATION;
    }
    if (one == null || other == null) {
      return one == How.TRANSFORMATION || other == How.TRANSFORMATION ? How.TRANSFORMATION : null;
    }
    return one.compareTo(other) > 0 ? one : other;
  }

  private OpenLineage.InputField field(Map.Entry<ColumnRef, Ways> origin) {
    Place place = datasets.apply(origin.getKey().resource());
    if (place == null) {
      throw new IllegalStateException("no dataset: " + origin.getKey());
    }
    Ways ways = origin.getValue();
    List<OpenLineage.InputFieldTransformations> transformations = new ArrayList<>();
    ways.direct.forEach(how -> transformations.add(transformation("DIRECT", how.name())));
    if (ways.direct.isEmpty() && ways.unknownDirect) {
      transformations.add(transformation("DIRECT", null));
    }
    ways.indirect.forEach(how -> transformations.add(transformation("INDIRECT", how.name())));
    if (ways.indirect.isEmpty() && ways.unknownIndirect) {
      transformations.add(transformation("INDIRECT", null));
    }
    return openLineage.newInputField(
        place.namespace(), place.name(), origin.getKey().column(), transformations);
  }

  private OpenLineage.InputFieldTransformations transformation(
      String type, @Nullable String subtype) {
    return openLineage.newInputFieldTransformations(type, subtype, null, null);
  }
}
