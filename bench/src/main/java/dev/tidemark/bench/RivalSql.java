package dev.tidemark.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The SQL that answers a question without Tidemark, as users of Spark SQL and DuckDB write it.
 *
 * <p>Times are compared as whole microseconds, which both engines do fastest, and which make the
 * half-open window (T − w, T] the closed one [T − w + 1, T].
 */
final class RivalSql {
  private final Dialect dialect;

  RivalSql(Dialect dialect) {
    this.dialect = dialect;
  }

  /** Where the two engines' SQL differs. */
  enum Dialect {
    SPARK("unix_micros"),
    DUCKDB("epoch_us");

    private final String micros;

    Dialect(String micros) {
      this.micros = micros;
    }

    String micros(String column) {
      return micros + "(" + column + ")";
    }
  }

  /** Joins on key and range, then groups by the spine's row. */
  String joins(Question question) {
    return together(question, question.byTable().stream().map(view -> join(question, view)));
  }

  /** Sorts events and spine rows together, once a table, and looks back over frames. */
  String frames(Question question) {
    return together(question, question.byTable().stream().map(view -> union(question, view)));
  }

  /** {@code ASOF LEFT JOIN} for the latest values, and frames over a union for the windows. */
  String asofAndFrames(Question question) {
    return together(
        question, split(question).stream().map(view -> asofOr(question, view, this::union)));
  }

  /** {@code ASOF LEFT JOIN} for the latest values, and a join and group by for the windows. */
  String asofAndJoins(Question question) {
    return together(
        question, split(question).stream().map(view -> asofOr(question, view, this::join)));
  }

  private interface Windows {
    String of(Question question, Question.View view);
  }

  private String asofOr(Question question, Question.View view, Windows windows) {
    return view.hasWindows() ? windows.of(question, view) : asof(question, view);
  }

  /** Views by table, the latest values apart from the windows. */
  private static List<Question.View> split(Question question) {
    List<Question.View> views = new ArrayList<>();
    for (Question.View view : question.byTable()) {
      List<Feature> windows =
          Feature.windowed(view.features()).map(windowed -> (Feature) windowed).toList();
      List<Feature> latest =
          view.features().stream().filter(feature -> !windows.contains(feature)).toList();
      if (!latest.isEmpty()) {
        views.add(new Question.View(view.events(), latest));
      }
      if (!windows.isEmpty()) {
        views.add(new Question.View(view.events(), windows));
      }
    }
    return views;
  }

  /** One row a row of the spine, with the columns of all parts, each of which has all its rows. */
  private static String together(Question question, java.util.stream.Stream<String> parts) {
    List<String> all = parts.toList();
    String from =
        IntStream.range(0, all.size())
            .mapToObj(
                i ->
                    "(%s) v%d%s"
                        .formatted(all.get(i), i, i == 0 ? "" : " ON v0.id = v%d.id".formatted(i)))
            .collect(Collectors.joining("\nJOIN "));
    return "SELECT v0.id, %s\nFROM %s".formatted(names(question.features()), from);
  }

  private String asof(Question question, Question.View view) {
    return """
        SELECT s.id, %s
        FROM %s s ASOF LEFT JOIN %s e ON s.k = e.k AND e.event_time <= s.t"""
        .formatted(
            view.features().stream()
                .map(feature -> "e.%s AS %s".formatted(feature.column(), feature.name()))
                .collect(Collectors.joining(", ")),
            question.spine().name(),
            view.events().name());
  }

  private String join(Question question, Question.View view) {
    String columns =
        view.features().stream()
            .map(
                feature ->
                    feature.match(
                            latest -> "max_by(e.%s, e.m)".formatted(latest.column()),
                            windowed ->
                                "%s FILTER (WHERE e.m > s.m - %d)"
                                    .formatted(
                                        windowed.aggregate().of("e." + windowed.column()),
                                        windowed.micros()))
                        + " AS "
                        + feature.name())
            .collect(Collectors.joining(",\n  "));
    // A latest value may be of any age; windows need not look further back than the longest.
    boolean bounded = Feature.windowed(view.features()).count() == view.features().size();
    String bound =
        bounded
            ? " AND e.m > s.m - "
                + Feature.windowed(view.features())
                    .mapToLong(Feature.Windowed::micros)
                    .max()
                    .orElseThrow()
            : "";
    // By key too, so that Spark groups where it joined, without another shuffle.
    return """
        SELECT s.id, %s
        FROM (SELECT k, id, %s AS m FROM %s) s
        LEFT JOIN (SELECT k, %s AS m, %s FROM %s) e
        ON s.k = e.k AND e.m <= s.m%s
        GROUP BY s.k, s.id"""
        .formatted(
            columns,
            dialect.micros("t"),
            question.spine().name(),
            dialect.micros("event_time"),
            String.join(", ", columns(view)),
            view.events().name(),
            bound);
  }

  private String union(Question question, Question.View view) {
    boolean windows = view.hasWindows();
    String columns =
        view.features().stream()
            .map(
                feature ->
                    feature.match(
                            // Times of events differ, so whichever order the rows of one time have,
                            // there is one value among them.
                            latest ->
                                "last(%s, true) OVER (PARTITION BY k ORDER BY %s UNBOUNDED PRECEDING AND CURRENT ROW)"
                                    .formatted(
                                        latest.column(),
                                        windows ? "m RANGE BETWEEN" : "m, asks ROWS BETWEEN"),
                            windowed ->
                                "%s OVER (PARTITION BY k ORDER BY m RANGE BETWEEN %d PRECEDING AND CURRENT ROW)"
                                    .formatted(
                                        windowed.aggregate().of(windowed.column()),
                                        windowed.micros() - 1))
                        + " AS "
                        + feature.name())
            .collect(Collectors.joining(",\n  "));
    List<String> values = columns(view);
    return """
        SELECT id, %s FROM (
        SELECT id, %s
        FROM (
          SELECT k, %s AS m, 0 AS asks, CAST(NULL AS BIGINT) AS id, %s FROM %s
          UNION ALL
          SELECT k, %s AS m, 1 AS asks, id, %s FROM %s
        ) u) f
        WHERE id IS NOT NULL"""
        .formatted(
            names(view.features()),
            columns,
            dialect.micros("event_time"),
            String.join(", ", values),
            view.events().name(),
            dialect.micros("t"),
            values.stream().map(value -> "NULL AS " + value).collect(Collectors.joining(", ")),
            question.spine().name());
  }

  private static List<String> columns(Question.View view) {
    return view.features().stream().map(Feature::column).distinct().toList();
  }

  private static String names(List<Feature> features) {
    return features.stream().map(Feature::name).collect(Collectors.joining(", "));
  }
}
