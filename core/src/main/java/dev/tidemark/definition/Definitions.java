package dev.tidemark.definition;

import java.util.List;

/**
 * All definitions of a project, each list by name. References between them are not yet checked.
 *
 * @param texts of all of them
 */
public record Definitions(
    List<Entity> entities,
    List<Source> sources,
    List<Transformation> transformations,
    List<FeatureView> featureViews,
    List<Label> labels,
    List<TrainingSet> trainingSets,
    List<Model> models,
    List<DefinitionTest> tests,
    DefinitionTexts texts) {

  public Definitions {
    entities = List.copyOf(entities);
    sources = List.copyOf(sources);
    transformations = List.copyOf(transformations);
    featureViews = List.copyOf(featureViews);
    labels = List.copyOf(labels);
    trainingSets = List.copyOf(trainingSets);
    models = List.copyOf(models);
    tests = List.copyOf(tests);
  }

  /** True if there is no resource at all. */
  public boolean isEmpty() {
    return entities.isEmpty()
        && sources.isEmpty()
        && transformations.isEmpty()
        && featureViews.isEmpty()
        && labels.isEmpty()
        && trainingSets.isEmpty()
        && models.isEmpty();
  }
}
