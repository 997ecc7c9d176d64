package dev.tidemark.definition;

import java.util.List;
import java.util.function.Function;

/**
 * A named SQL query, or Java class, over sources and other transformations; usable as a source.
 *
 * @param inputs what it reads, each under the name its SQL uses
 * @param body the SQL or class
 * @param time the time rules of its output
 * @param columns what is said of some of its columns
 */
public record Transformation(
    ResourceName ref,
    List<Input> inputs,
    Body body,
    TimeRules time,
    List<ColumnNote> columns,
    About about,
    Origin origin)
    implements Rows {

  /**
   * One input.
   *
   * @param alias the name under which the SQL reads it
   * @param rows a source or transformation
   */
  public record Input(String alias, Reference rows, Origin origin) {}

  public Transformation {
    inputs = List.copyOf(inputs);
    columns = List.copyOf(columns);
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
    return transformation.apply(this);
  }

  @Override
  public <R> R match(Function<Source, R> source, Function<Transformation, R> transformation) {
    return transformation.apply(this);
  }
}
