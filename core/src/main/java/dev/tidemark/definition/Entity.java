package dev.tidemark.definition;

import java.util.List;
import java.util.function.Function;

/**
 * What features describe.
 *
 * @param name such as {@code customer}
 * @param keys its typed key columns in the order written, at least one
 */
public record Entity(String name, List<Column> keys, About about, Origin origin)
    implements Resource {

  public Entity {
    keys = List.copyOf(keys);
  }

  @Override
  public String id() {
    return Kind.ENTITY.key() + "." + name;
  }

  @Override
  public Kind kind() {
    return Kind.ENTITY;
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
    return entity.apply(this);
  }
}
