package dev.tidemark.jobs;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import dev.tidemark.definition.Project;
import dev.tidemark.plan.PlanText;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The tables of training sets and views. */
final class Tables {
  private Tables() {}

  /** One a provider that the environment writes to; the first is the one that is read back. */
  static List<Target> of(Project project, String table) {
    return project.environment().writeTo().stream()
        .map(provider -> new Target(provider, table))
        .toList();
  }

  /** A table, for people. */
  static List<String> names(Project project, String table) {
    return of(project, table).stream().map(PlanText::table).toList();
  }

  /**
   * Rows by event time and then keys, so that the first few are the same whatever wrote them.
   *
   * @param keys the names of the key columns
   */
  static Dataset<Row> ordered(Dataset<Row> rows, List<String> keys) {
    List<Column> order = new ArrayList<>(List.of(rows.col(ResolvedTrainingSet.EVENT_TIME)));
    keys.forEach(key -> order.add(rows.col("`" + key + "`")));
    return rows.orderBy(order.toArray(Column[]::new));
  }

  /**
   * The first rows in that order. Of the others only the times are read, where the files keep
   * columns apart.
   *
   * @param count at least 1
   */
  static Dataset<Row> first(Dataset<Row> rows, List<String> keys, int count) {
    Column time = rows.col(ResolvedTrainingSet.EVENT_TIME);
    Row last = rows.select(time).orderBy(time).limit(count).agg(max(time)).first();
    Dataset<Row> early = last.isNullAt(0) ? rows : rows.where(time.leq(lit(last.get(0))));
    return ordered(early, keys).limit(count);
  }

  /** The names of the key columns of a task's table. */
  static List<String> keys(Task task) {
    return task.match(
        build -> keys(build.trainingSet()),
        each -> keys(each.view()),
        latest -> keys(latest.view()),
        score -> keys(score.trainingSet()));
  }

  static List<String> keys(ResolvedTrainingSet set) {
    return set.keys().stream().map(key -> key.key().name()).toList();
  }

  static List<String> keys(ResolvedView view) {
    return view.keys().stream().map(key -> key.key().name()).toList();
  }
}
