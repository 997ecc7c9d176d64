package dev.tidemark.plan;

import dev.tidemark.definition.Location;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Rows;
import java.util.Collection;
import java.util.List;

/**
 * What the language can say and this version can't do. It is refused where it is planned, so that
 * the rest of a project can be built.
 */
final class Unsupported {
  private final Problems problems = new Problems();

  private Unsupported() {}

  static List<Problem> in(Graph graph, Task task) {
    Unsupported found = new Unsupported();
    found.rows(graph.upstream(task.reads()));
    return found.problems.sorted();
  }

  static List<Problem> in(Graph graph) {
    Unsupported found = new Unsupported();
    found.rows(graph.rows().values());
    return found.problems.sorted();
  }

  private void rows(Collection<Rows> all) {
    for (Rows rows : all) {
      rows.match(
          source -> source.location().match(table -> true, this::files, query -> true),
          transformation -> true);
    }
  }

  private boolean files(Location.Files files) {
    if (files.format() == Location.Format.JDBC) {
      problems.add(
          files.formatOrigin(),
          "format jdbc is not supported yet",
          "configure a JDBC catalog for Spark in env/, and name its table: table = catalog.schema.table");
    }
    return true;
  }
}
