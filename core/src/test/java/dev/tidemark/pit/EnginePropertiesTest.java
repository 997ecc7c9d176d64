package dev.tidemark.pit;

import static org.assertj.core.api.Assertions.fail;

import dev.tidemark.oracle.Case;
import dev.tidemark.oracle.Oracle;
import dev.tidemark.oracle.RandomCases;
import dev.tidemark.oracle.Rules;
import dev.tidemark.oracle.Shrinker;
import dev.tidemark.testkit.SparkTest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What holds for any definition and any rows, on random ones. {@code -Dtidemark.seed=...} draws
 * others, {@code -Dtidemark.rules=...} more of them.
 */
@SparkTest
@Tag("slow")
class EnginePropertiesTest {
  private static final long SEED = Long.getLong("tidemark.seed", 20240310);
  private static final int CASES = 20;

  private final SparkSession session;

  EnginePropertiesTest(SparkSession session) {
    this.session = session;
  }

  /** What should be, and what is: per case, per row of the spine, the answers. */
  private record Answers(
      List<List<List<@Nullable Object>>> expected, List<List<List<@Nullable Object>>> actual) {}

  private interface Property {
    Answers of(Rules rules, List<Case> cases);
  }

  @Test
  void the_engine_agrees_with_the_oracle() {
    holds(
        1,
        15,
        (rules, cases) ->
            new Answers(byOracle(rules, cases), plainly(new ReferenceEngine(), rules, cases)));
  }

  @Test
  void slots_agree_with_the_oracle() {
    holds(
        5,
        15,
        (rules, cases) ->
            new Answers(byOracle(rules, cases), plainly(new SlotEngine(), rules, cases)));
  }

  @Test
  void slots_with_generated_code_elsewhere_agree_with_the_oracle() {
    holds(
        6,
        10,
        (rules, cases) ->
            new Answers(byOracle(rules, cases), elsewhere(new SlotEngine(), rules, cases)));
  }

  @Test
  void slots_of_every_strategy_agree_with_the_oracle() {
    for (Strategy strategy : Strategy.values()) {
      holds(
          strategy.title().hashCode(),
          8,
          (rules, cases) ->
              new Answers(
                  byOracle(rules, cases),
                  Settings.with(
                      session,
                      Map.of(Strategy.SETTING, strategy.title(), KeyFilter.SETTING, "on"),
                      () -> plainly(new SlotEngine(), rules, cases))));
    }
  }

  @Test
  void slots_that_do_not_fit_in_memory_agree_with_the_oracle() {
    for (Strategy strategy : List.of(Strategy.SHUFFLE, Strategy.BROADCAST_SPINE)) {
      holds(
          ~strategy.title().hashCode(),
          8,
          (rules, cases) ->
              new Answers(
                  byOracle(rules, cases),
                  Settings.with(
                      session,
                      Map.of(
                          Strategy.SETTING, strategy.title(),
                          StrategyChoice.PARTITIONS, "1",
                          SlotJoinExec.MEMORY_LIMIT, "48k"),
                      () -> plainly(new SlotEngine(), rules, cases))));
    }
  }

  @Test
  void time_buckets_change_no_output() {
    holds(
        2,
        10,
        (rules, cases) ->
            new Answers(byOracle(rules, cases), plainly(new ReferenceEngine(false), rules, cases)));
  }

  @Test
  void events_that_are_not_visible_change_no_output() {
    holds(
        3,
        10,
        (rules, cases) -> {
          Oracle oracle = new Oracle(rules);
          List<Case> visible = new ArrayList<>();
          for (Case rows : cases) {
            for (Map<String, @Nullable Object> row : rows.spine()) {
              visible.add(
                  new Case(
                      List.of(row),
                      rows.events().stream().filter(e -> oracle.visible(e, row)).toList()));
            }
          }
          return eachRow(
              cases,
              plainly(new ReferenceEngine(), rules, visible),
              plainly(new ReferenceEngine(), rules, cases));
        });
  }

  @Test
  void an_output_does_not_depend_on_other_rows_nor_on_order_partitions_or_time_zones() {
    holds(
        4,
        10,
        (rules, cases) -> {
          List<Case> alone = new ArrayList<>();
          for (Case rows : cases) {
            List<Map<String, @Nullable Object>> reversed = new ArrayList<>(rows.events());
            Collections.reverse(reversed);
            for (Map<String, @Nullable Object> row : rows.spine()) {
              alone.add(new Case(List.of(row), reversed));
            }
          }
          return eachRow(
              cases,
              elsewhere(new ReferenceEngine(), rules, alone),
              plainly(new ReferenceEngine(), rules, cases));
        });
  }

  /** Answers where every row of the spine had a case of its own, beside those of the cases. */
  private static Answers eachRow(
      List<Case> cases,
      List<List<List<@Nullable Object>>> apart,
      List<List<List<@Nullable Object>>> together) {
    List<List<List<@Nullable Object>>> expected = new ArrayList<>();
    int next = 0;
    for (Case rows : cases) {
      List<List<@Nullable Object>> answers = new ArrayList<>();
      for (int row = 0; row < rows.spine().size(); row++) {
        answers.add(apart.get(next++).get(0));
      }
      expected.add(answers);
    }
    return new Answers(expected, together);
  }

  private static List<List<List<@Nullable Object>>> byOracle(Rules rules, List<Case> cases) {
    Oracle oracle = new Oracle(rules);
    return cases.stream()
        .map(c -> c.spine().stream().map(row -> oracle.answers(row, c.events())).toList())
        .toList();
  }

  /** Without generated code, whose compilation would take most of the time. */
  private List<List<List<@Nullable Object>>> plainly(Engine engine, Rules rules, List<Case> cases) {
    return Settings.with(
        session,
        Settings.INTERPRETED,
        () -> new EngineRun(session, engine, 2).answers(rules, cases));
  }

  /** In another time zone, with other partitions and other joins. */
  private List<List<List<@Nullable Object>>> elsewhere(
      Engine engine, Rules rules, List<Case> cases) {
    TimeZone zone = TimeZone.getDefault();
    TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
    try {
      return Settings.with(
          session,
          Map.of(
              "spark.sql.session.timeZone", "America/New_York",
              "spark.sql.shuffle.partitions", "3",
              "spark.sql.autoBroadcastJoinThreshold", "-1",
              "spark.sql.adaptive.enabled", "false"),
          () -> new EngineRun(session, engine, 5).answers(rules, cases));
    } finally {
      TimeZone.setDefault(zone);
    }
  }

  private static void holds(long salt, int rulesCount, Property property) {
    RandomCases random = new RandomCases(SEED * 31 + salt);
    int count = Integer.getInteger("tidemark.rules", rulesCount);
    for (int i = 0; i < count; i++) {
      Rules rules = random.rules();
      List<Case> cases = new ArrayList<>();
      for (int j = 0; j < CASES; j++) {
        cases.add(random.next());
      }
      int failed = failing(property, rules, cases).indexOf(true);
      if (failed >= 0) {
        Shrinker.Found smallest =
            new Shrinker((r, c) -> failing(property, r, c))
                .shrink(new Shrinker.Found(rules, cases.get(failed)));
        Answers answers = property.of(smallest.rules(), List.of(smallest.rows()));
        fail(
            "seed %d, rules %d:%n%s%nexpected %s%nactual   %s",
            SEED, i, smallest, answers.expected().get(0), answers.actual().get(0));
      }
    }
  }

  private static List<Boolean> failing(Property property, Rules rules, List<Case> cases) {
    Answers answers = property.of(rules, cases);
    List<Boolean> failing = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      failing.add(!answers.expected().get(i).equals(answers.actual().get(i)));
    }
    return failing;
  }
}
