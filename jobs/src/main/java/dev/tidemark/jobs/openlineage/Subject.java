package dev.tidemark.jobs.openlineage;

import dev.tidemark.definition.About;
import dev.tidemark.definition.Body;
import dev.tidemark.definition.ColumnNote;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.Rows;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Task;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a task is about.
 *
 * @param resource the view or training set
 * @param job the task's name without what differs from run to run
 * @param fingerprint of what is computed
 * @param interval that it covers; null: none
 * @param asOf as of when; null: not said
 * @param columns what is said of the columns that it makes, by name
 */
record Subject(
    Resource resource,
    String job,
    Fingerprint fingerprint,
    @Nullable Interval interval,
    @Nullable Instant asOf,
    Map<String, About> columns) {

  static Subject of(Task task, Graph graph) {
    return task.match(
        build ->
            of(
                build.trainingSet(),
                "build",
                build.trainingSet().fingerprint(),
                build.asOf(),
                graph),
        intervals -> of(intervals.view(), "materialize", intervals.interval(), null),
        latest -> of(latest.view(), "latest", null, latest.asOf()),
        score ->
            of(
                score.trainingSet(),
                "score",
                score.trainingSet().fingerprint(),
                score.asOf(),
                graph));
  }

  private static Subject of(
      ResolvedTrainingSet set,
      String action,
      Fingerprint fingerprint,
      @Nullable Instant asOf,
      Graph graph) {
    return new Subject(
        set.trainingSet(),
        action + "." + set.trainingSet().ref().shortName(),
        fingerprint,
        null,
        asOf,
        columns(set, graph));
  }

  private static Subject of(
      ResolvedView resolved, String action, @Nullable Interval interval, @Nullable Instant asOf) {
    return new Subject(
        resolved.view(),
        action + "." + resolved.view().ref().shortName(),
        resolved.fingerprint(),
        interval,
        asOf,
        columns(resolved.view()));
  }

  private static Map<String, About> columns(FeatureView view) {
    Map<String, About> columns = new LinkedHashMap<>();
    for (Feature feature : view.features()) {
      feature.columns().forEach(column -> columns.put(column, feature.about()));
    }
    return columns;
  }

  private static Map<String, About> columns(ResolvedTrainingSet set, Graph graph) {
    Map<String, About> columns = new LinkedHashMap<>();
    Label label = set.label();
    if (label != null) {
      columns.put(label.ref().name(), label.about());
    }
    for (ResolvedSelection selection : set.selections()) {
      // As it is defined, also where its offline table is read.
      ResolvedView view = graph.views().get(selection.view().view().ref());
      Map<String, About> of = view == null ? Map.of() : columns(view.view());
      selection
          .columns()
          .forEach(
              taken -> {
                About about = of.get(taken.column());
                if (about != null) {
                  columns.put(taken.as(), about);
                }
              });
    }
    return columns;
  }

  /** What is said of the columns of rows that are read, by name. */
  static Map<String, About> columns(Rows rows) {
    Map<String, About> columns = new LinkedHashMap<>();
    for (ColumnNote note : rows.columns()) {
      columns.put(note.name(), note.about());
    }
    return columns;
  }

  /** The one SQL query that a task's rows go through; nothing where there are several or none. */
  static Optional<String> query(List<Rows> upstream) {
    List<String> queries =
        upstream.stream()
            .<Optional<String>>map(
                rows ->
                    rows.match(
                        source ->
                            source
                                .location()
                                .match(
                                    table -> Optional.empty(),
                                    files -> Optional.empty(),
                                    query -> Optional.of(query.sql().text())),
                        transformation ->
                            transformation
                                .body()
                                .match(Subject::text, javaClass -> Optional.empty())))
            .flatMap(Optional::stream)
            .toList();
    return queries.size() == 1 ? Optional.of(queries.get(0)) : Optional.empty();
  }

  private static Optional<String> text(Body.Query query) {
    return Optional.of(query.sql().text());
  }
}
