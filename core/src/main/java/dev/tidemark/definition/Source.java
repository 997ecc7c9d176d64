package dev.tidemark.definition;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A table, path or SQL query in the lake, with an event time.
 *
 * @param location where its rows are
 * @param time its time rules
 * @param columns what is said of some of its columns
 * @param ready when it holds all that belongs before an instant; null: its owner does not say
 */
public record Source(
    ResourceName ref,
    Location location,
    TimeRules time,
    List<ColumnNote> columns,
    @Nullable Ready ready,
    About about,
    Origin origin)
    implements Rows {

  public Source {
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
    return source.apply(this);
  }

  @Override
  public <R> R match(Function<Source, R> source, Function<Transformation, R> transformation) {
    return source.apply(this);
  }
}
