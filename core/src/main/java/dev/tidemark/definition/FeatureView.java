package dev.tidemark.definition;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Features of one entity from one source.
 *
 * @param entity the entity's name
 * @param sources one, or several whose union by column name and type is meant
 * @param keys which source columns hold the entity's keys, where the names differ
 * @param where rows for which it is not true are not seen by the view; it is asked after
 *     corrections by row-key
 * @param ttl how old a latest value may be
 * @param exclusive true: only events before T, not at T
 * @param features in the order written
 * @param derived in the order written
 * @param useMaterialized where it says that training sets read its offline table, not its source
 * @param gates what the rows of an interval must pass before they are committed
 */
public record FeatureView(
    ResourceName ref,
    Named entity,
    List<Reference> sources,
    List<KeyMapping> keys,
    @Nullable Sql where,
    @Nullable Span ttl,
    boolean exclusive,
    List<Feature> features,
    List<Derived> derived,
    @Nullable Materialize materialize,
    @Nullable Origin useMaterialized,
    List<Gate> gates,
    About about,
    Origin origin)
    implements Resource {

  public FeatureView {
    sources = List.copyOf(sources);
    keys = List.copyOf(keys);
    features = List.copyOf(features);
    derived = List.copyOf(derived);
    gates = List.copyOf(gates);
  }

  /** All output columns: the features' in the order written, then the derived. */
  public List<String> columns() {
    return Stream.concat(
            features.stream().flatMap(feature -> feature.columns().stream()),
            derived.stream().map(Derived::name))
        .toList();
  }

  @Override
  public String id() {
    return ref.toString();
  }

  @Override
  public Kind kind() {
    return ref.kind();
  }

  @Override
  public <R> R match(
      Function<Entity, R> entity,
      Function<Source, R> source,
      Function<Transformation, R> transformation,
      Function<FeatureView, R> view,
      Function<Label, R> label,
      Function<TrainingSet, R> trainingSet,
      Function<Model, R> model) {
    return view.apply(this);
  }
}
