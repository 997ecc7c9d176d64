package dev.tidemark.plan;

import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import java.util.SortedMap;

/**
 * All resources of a project with their references resolved and the rules of the language checked.
 *
 * @param rows sources and transformations; the transformations' references lead to others of them
 *     and to no cycle
 * @param views by name
 * @param trainingSets by name
 * @param fingerprints of every resource but entities and models
 */
public record Graph(
    Definitions definitions,
    SortedMap<ResourceName, Rows> rows,
    SortedMap<ResourceName, ResolvedView> views,
    SortedMap<ResourceName, ResolvedTrainingSet> trainingSets,
    SortedMap<ResourceName, Fingerprint> fingerprints) {}
