package dev.tidemark.plan;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Transformation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /** Some rows and all that they are made from, each once, and before what it is made from. */
  public List<Rows> upstream(Collection<Rows> of) {
    Map<ResourceName, Rows> found = new LinkedHashMap<>();
    of.forEach(each -> upstream(each, found));
    return List.copyOf(found.values());
  }

  /**
   * The hashes of a view's parts: of its columns, each under its name, and of all that decides
   * about its rows, under the empty name. As long as those that there were stay the same, a change
   * of the definition loses nothing.
   */
  public SortedMap<String, String> parts(ResolvedView view) {
    List<Fingerprint> sources = new ArrayList<>();
    for (Rows rows : view.sources()) {
      Fingerprint of = fingerprints.get(rows.ref());
      if (of == null) {
        throw new IllegalStateException("not resolved: " + rows.ref());
      }
      sources.add(of);
    }
    return Fingerprints.parts(view.view(), view.entity(), sources);
  }

  private void upstream(Rows of, Map<ResourceName, Rows> found) {
    if (found.putIfAbsent(of.ref(), of) != null) {
      return;
    }
    for (Transformation.Input input : inputs(of)) {
      Rows read = rows.get(input.rows().to());
      if (read == null) {
        throw new IllegalStateException("not resolved: " + input.rows());
      }
      upstream(read, found);
    }
  }

  static List<Transformation.Input> inputs(Rows rows) {
    return rows.match(source -> List.of(), Transformation::inputs);
  }
}
