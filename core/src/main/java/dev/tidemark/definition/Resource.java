package dev.tidemark.definition;

import java.util.function.Function;

/** Anything that a project defines. */
public sealed interface Resource permits Entity, Rows, FeatureView, Label, TrainingSet, Model {

  /** {@code kind.name.variant}; for an entity {@code entities.name}. */
  String id();

  Kind kind();

  About about();

  /** Where its name is written. */
  Origin origin();

  /** One function a kind. */
  <R> R match(
      Function<Entity, R> entity,
      Function<Source, R> source,
      Function<Transformation, R> transformation,
      Function<FeatureView, R> view,
      Function<Label, R> label,
      Function<TrainingSet, R> trainingSet,
      Function<Model, R> model);
}
