package dev.tidemark.bench;

import static dev.tidemark.bench.Feature.Aggregate.COUNT;
import static dev.tidemark.bench.Feature.Aggregate.MAX;
import static dev.tidemark.bench.Feature.Aggregate.MIN;
import static dev.tidemark.bench.Feature.Aggregate.SUM;

import dev.tidemark.bench.Feature.Latest;
import dev.tidemark.bench.Formulation.Answers;
import dev.tidemark.bench.Question.View;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** Who takes part in a workload, and with what. */
final class Formulations {
  /** The one that all others are compared with, and that bars are about. */
  static final String TIDEMARK = "tidemark";

  static final String BASE = "tidemark, base";
  static final String ONE_VIEW = "tidemark, one view";
  static final String SCAN = "scan floor";
  static final String SHUFFLE = "shuffle floor";

  private static final List<Integer> DAYS = List.of(1, 7, 30, 90);
  private static final List<Integer> MORE_DAYS = List.of(1, 2, 7, 14, 30, 60, 90, 120);

  private final SparkSession session;
  private final Duck duck;
  private final Tables tables;
  private final Grid grid;

  Formulations(SparkSession session, Duck duck, Tables tables, Grid grid) {
    this.session = session;
    this.duck = duck;
    this.tables = tables;
    this.grid = grid;
  }

  /** What a workload asks. */
  Question question(Workload workload, Tables.Keys keys) {
    Table events = tables.events(keys, grid.events());
    Table spine = tables.spine(keys, grid.spine(), grid.events());
    return switch (workload) {
      case WINDOWS -> windows(spine, events, DAYS);
      case DOUBLE_WINDOWS -> windows(spine, events, MORE_DAYS);
      case DOUBLE_EVENTS -> windows(spine, tables.events(keys, 2 * grid.events()), DAYS);
      case DOUBLE_SPINE ->
          windows(tables.spine(keys, 2 * grid.spine(), grid.events()), events, DAYS);
      case HOT_KEY -> {
        Tables.Keys hot = new Tables.Keys(keys.count(), keys.skew(), 0.5);
        yield windows(
            tables.spine(hot, grid.spine(), grid.events()),
            tables.events(hot, grid.events()),
            DAYS);
      }
      case FEW_KEYS -> {
        Tables.Keys few = new Tables.Keys(Math.max(1, keys.count() / 100), keys.skew());
        yield windows(tables.spine(few, grid.spine(), grid.events()), events, DAYS);
      }
      case ASOF -> new Question(spine, List.of(new View(events, List.of(last("")))));
      case THREE_VIEWS -> threeViews(spine, events, events, events);
      case THREE_SOURCES -> threeViews(spine, group(keys, 1), group(keys, 2), group(keys, 3));
      case GROUPS -> {
        List<View> views = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
          List<Feature> features = new ArrayList<>();
          for (String column : List.of("amount", "items", "price")) {
            features.add(new Latest("g%d_%s".formatted(number, column), column));
          }
          views.add(new View(group(keys, number), features));
        }
        yield new Question(spine, views);
      }
    };
  }

  /** All that are measured side by side for a workload. */
  List<Formulation> of(Workload workload, Tables.Keys keys) {
    Question question = question(workload, keys);
    List<Formulation> all = new ArrayList<>();
    if (grid.rivals().contains(Grid.Rival.TIDEMARK)) {
      all.add(tidemark(TIDEMARK, Answers.THE_QUESTION, question));
    }
    switch (workload) {
      case WINDOWS, ASOF -> {
        addRivals(all, question);
        addFloors(all, keys);
      }
      case THREE_VIEWS -> {
        addRivals(all, question);
        addTidemark(all, ONE_VIEW, question(Workload.WINDOWS, keys));
        addFloors(all, keys);
      }
      case THREE_SOURCES, GROUPS, FEW_KEYS -> addRivals(all, question);
      case DOUBLE_EVENTS, DOUBLE_SPINE, DOUBLE_WINDOWS, HOT_KEY ->
          addTidemark(all, BASE, question(Workload.WINDOWS, keys));
    }
    return all;
  }

  private void addRivals(List<Formulation> all, Question question) {
    if (grid.rivals().contains(Grid.Rival.SPARK)) {
      RivalSql sql = new RivalSql(RivalSql.Dialect.SPARK);
      all.add(spark("spark join + group by", sql.joins(question)));
      all.add(spark("spark union + frames", sql.frames(question)));
    }
    if (grid.rivals().contains(Grid.Rival.DUCKDB)) {
      RivalSql sql = new RivalSql(RivalSql.Dialect.DUCKDB);
      boolean latest =
          question.features().stream()
              .anyMatch(feature -> feature.match(value -> true, windowed -> false));
      if (!question.hasWindows()) {
        all.add(duck("duckdb asof", sql.asofAndJoins(question)));
      } else {
        String asof = latest ? "asof, " : "";
        all.add(duck("duckdb " + asof + "union + frames", sql.asofAndFrames(question)));
        all.add(duck("duckdb " + asof + "join + group by", sql.asofAndJoins(question)));
      }
    }
  }

  private void addTidemark(List<Formulation> all, String name, Question question) {
    if (grid.rivals().contains(Grid.Rival.TIDEMARK)) {
      all.add(tidemark(name, Answers.SOMETHING_ELSE, question));
    }
  }

  /** What no engine on Spark can be faster than: reading the events, and bringing keys together. */
  private void addFloors(List<Formulation> all, Tables.Keys keys) {
    Table events = tables.events(keys, grid.events());
    all.add(
        new Formulation(
            SCAN,
            Answers.SOMETHING_ELSE,
            SparkWork.computed(session, () -> session.table(events.name()))));
    all.add(
        new Formulation(
            SHUFFLE,
            Answers.SOMETHING_ELSE,
            SparkWork.computed(
                session, () -> session.table(events.name()).repartition(functions.col("k")))));
  }

  private Formulation tidemark(String name, Answers answers, Question question) {
    TidemarkJoin join = new TidemarkJoin(session, question);
    return new Formulation(name, answers, SparkWork.written(session, join::rows));
  }

  private Formulation spark(String name, String sql) {
    return new Formulation(
        name, Answers.THE_QUESTION, SparkWork.written(session, () -> session.sql(sql)));
  }

  private Formulation duck(String name, String sql) {
    return new Formulation(name, Answers.THE_QUESTION, new DuckWork(duck, sql));
  }

  private Table group(Tables.Keys keys, int number) {
    return tables.group(keys, grid.events(), number);
  }

  private static Feature last(String prefix) {
    return new Latest(prefix + "last", "amount");
  }

  private static Question windows(Table spine, Table events, List<Integer> days) {
    List<Feature> features =
        Feature.windows("", "amount", days, List.of(Feature.Aggregate.values()));
    return new Question(spine, List.of(new View(events, features)));
  }

  private static Question threeViews(Table spine, Table first, Table second, Table third) {
    return new Question(
        spine,
        List.of(
            new View(first, List.of(last("v1_"))),
            new View(second, Feature.windows("v2_", "amount", List.of(1, 7), List.of(SUM, COUNT))),
            new View(third, Feature.windows("v3_", "amount", List.of(30, 90), List.of(MIN, MAX)))));
  }
}
