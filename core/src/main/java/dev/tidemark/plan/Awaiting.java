package dev.tidemark.plan;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Source;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Which sources must be ready for what is to be computed. */
public final class Awaiting {
  private Awaiting() {}

  /** True if its owner says when the source is ready. */
  public static boolean hasRule(Source source) {
    return source.ready() != null;
  }

  /** The sources that some rows are made from, each once. */
  public static List<Source> sources(Graph graph, Collection<Rows> rows) {
    return graph.upstream(rows).stream()
        .flatMap(each -> each.match(Stream::<Source>of, transformation -> Stream.empty()))
        .toList();
  }

  /**
   * The sources that are named, or are read by the transformations, feature views and training sets
   * that are named; each once, in the order of the names. Of a view whose offline table is read by
   * a training set, those that the view itself reads.
   *
   * @param names such as {@code payments.v1} or {@code sources.payments.v1}
   * @throws DefinitionException for an unknown name
   */
  public static List<Source> named(Graph graph, List<String> names) {
    Problems problems = new Problems();
    Map<ResourceName, List<Rows>> reads = new LinkedHashMap<>();
    graph.rows().forEach((name, rows) -> reads.put(name, List.of(rows)));
    graph.views().forEach((name, view) -> reads.put(name, view.sources()));
    graph.trainingSets().forEach((name, set) -> reads.put(name, reads(set)));
    List<Rows> found = new ArrayList<>();
    for (String name : names) {
      List<ResourceName> meant =
          reads.keySet().stream()
              .filter(known -> name.equals(known.toString()) || name.equals(known.shortName()))
              .toList();
      meant.forEach(each -> found.addAll(reads.getOrDefault(each, List.of())));
      if (meant.isEmpty()) {
        problems.addNearest(
            null,
            "`%s` is nothing in the project that has or reads a source, with its variant"
                .formatted(name),
            name,
            reads.keySet().stream().map(ResourceName::shortName).distinct().toList());
      }
    }
    problems.throwIfAny();
    return sources(graph, found);
  }

  private static List<Rows> reads(ResolvedTrainingSet set) {
    List<Rows> rows = new ArrayList<>();
    rows.add(set.spine());
    if (set.labelSource() != null) {
      rows.add(set.labelSource());
    }
    set.selections().forEach(selection -> rows.addAll(selection.view().sources()));
    return rows;
  }
}
