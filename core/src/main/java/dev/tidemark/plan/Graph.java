package dev.tidemark.plan;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import java.util.SortedMap;

/**
 * All resources of a project with their references resolved and the rules of the language checked.
 *
 * @param rows sources and transformations; no transformation reads itself, however far around
 * @param views by name
 * @param trainingSets by name
 * @param fingerprints of every source, transformation, view, label and training set
 */
public record Graph(
    Definitions definitions,
    SortedMap<ResourceName, Rows> rows,
    SortedMap<ResourceName, ResolvedView> views,
    SortedMap<ResourceName, ResolvedTrainingSet> trainingSets,
    SortedMap<ResourceName, Fingerprint> fingerprints) {

  /**
   * Resolves definitions.
   *
   * @throws DefinitionException with every unknown reference, cycle, clash of names and broken rule
   *     of the language
   */
  public static Graph of(Definitions definitions) {
    return new Resolver(definitions).resolve();
  }
}
