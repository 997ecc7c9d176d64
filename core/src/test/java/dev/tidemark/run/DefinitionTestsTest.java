package dev.tidemark.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Project;
import dev.tidemark.plan.Graph;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Tests of definitions: what passes, what differs, and what can't be run. */
@SparkTest
class DefinitionTestsTest {
  private static final String PROJECT =
      """
      entities.customer { keys { customer_id = bigint } }
      sources.payments.v1 {
        path = "data/none.csv", format = csv, event-time = paid_at, available-at = loaded_at
        schema { buyer_id = bigint, paid_at = timestamp, loaded_at = timestamp, payment_id = bigint,
          amount = "decimal(12,2)", status = string, ratio = double }
        tie-break = [payment_id], row-key = [payment_id], deleted-when = "status = 'gone'"
      }
      sources.disputes.v1 {
        path = "data/none.csv", format = csv, event-time = at, time-zone = "America/New_York"
        schema { customer_id = bigint, at = timestamp, is_fraud = boolean }
      }
      transformations.daily.v1 {
        inputs { p = sources.payments.v1 }
        sql = "SELECT buyer_id, date_trunc('DAY', paid_at) AS day, sum(amount) AS total FROM p GROUP BY 1, 2"
        event-time = day
      }
      feature-views.spend.v1 {
        entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id }
        features {
          last { value = amount }
          spend { aggregate = "sum(amount)", windows = [1d, 7d] }
          ratio { aggregate = "sum(ratio)", windows = [7d] }
          by_status { aggregate = "count(*)", by = status, windows = [7d] }
        }
      }
      feature-views.days.v1 {
        entity = customer, source = transformations.daily.v1, keys { customer_id = buyer_id }
        features { day_total { value = total } }
      }
      labels.fraud.v1 { entity = customer, source = sources.disputes.v1, value = is_fraud }
      training-sets.fraud.v1 { label = labels.fraud.v1, features = [spend.v1.spend_7d, days.v1] }
      """;

  private final SparkSession session;

  DefinitionTestsTest(SparkSession session) {
    this.session = session;
  }

  private Map<String, TestOutcome> run(String tests) {
    FeatureStory story = new FeatureStory(session).define(PROJECT + tests);
    Project project = story.project();
    try (DefinitionTests running =
        new DefinitionTests(session, story.folder(), Graph.of(project.definitions()))) {
      return running.run(project.definitions().tests(), done -> {}).stream()
          .collect(Collectors.toMap(outcome -> outcome.test().name(), outcome -> outcome));
    }
  }

  private static String payment(int id, int buyer, String paid, String loaded, String amount) {
    return """
        { payment_id = %d, buyer_id = %d, paid_at = "%s", loaded_at = "%s", amount = %s, status = ok, ratio = 0.1 }
        """
        .formatted(id, buyer, paid, loaded, amount);
  }

  private static TestOutcome of(Map<String, TestOutcome> outcomes, String name) {
    return Objects.requireNonNull(outcomes.get(name));
  }

  private static void assertPassed(TestOutcome outcome) {
    assertThat(outcome.problems()).isEmpty();
    assertThat(outcome.differences()).isEmpty();
  }

  @Test
  void windows_and_visibility_are_those_of_the_engine() {
    String given =
        payment(1, 1, "2024-03-01T00:00:00Z", "2024-03-01T01:00:00Z", "5.00")
            + payment(2, 1, "2024-03-02T00:00:00Z", "2024-03-02T00:00:00Z", "7.00");
    Map<String, TestOutcome> outcomes =
        run(
            """
            tests."edges" {
              of = feature-views.spend.v1
              given = [ %s ]
              expect = [
                { customer_id = 1, as-of = "2024-03-01T00:59:59.999999Z", last = null, spend_7d = null }
                { customer_id = 1, as-of = "2024-03-01T01:00:00Z", last = 5, spend_7d = 5.0, ratio_7d = 0.1 }
                { customer_id = 1, as-of = "2024-03-02T00:00:00Z", last = 7, spend_1d = 7, spend_7d = 12, ratio_7d = 0.2 }
                { customer_id = 1, as-of = "2024-03-02", by_status_7d { ok = 2 } }
                { customer_id = 2, as-of = "2024-03-02T00:00:00Z", last = null, spend_1d = null }
              ]
            }
            """
                .formatted(given));
    assertPassed(of(outcomes, "edges"));
  }

  @Test
  void a_difference_tells_what_was_found_and_what_was_expected() {
    Map<String, TestOutcome> outcomes =
        run(
            """
            tests."off by one" {
              of = feature-views.spend.v1
              given = [ %s ]
              expect = [ { customer_id = 1, as-of = "2024-03-02T00:00:00Z", last = 5.00, spend_7d = 5.01 } ]
            }
            """
                .formatted(payment(1, 1, "2024-03-01T00:00:00Z", "2024-03-01T00:00:00Z", "5.00")));
    TestOutcome outcome = of(outcomes, "off by one");
    assertThat(outcome.passed()).isFalse();
    assertThat(outcome.failure()).isNull();
    assertThat(outcome.columns()).containsExactly("customer_id", "event_time", "last", "spend_7d");
    assertThat(outcome.differences()).hasSize(1);
    TestOutcome.Difference difference = outcome.differences().get(0);
    assertThat(difference.kind()).isEqualTo(TestOutcome.Kind.DIFFERENT);
    assertThat(difference.cells())
        .extracting(TestOutcome.Cell::differs)
        .containsExactly(false, false, false, true);
    assertThat(difference.cells().get(3).expected()).hasToString("5.01");
    assertThat(difference.cells().get(3).actual()).hasToString("5.00");
    assertThat(difference.cells().get(1).actual()).isEqualTo("2024-03-02T00:00:00Z");
  }

  @Test
  void tests_of_one_view_do_not_see_each_others_rows() {
    List<String> tests = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      // The same key, payment and time, so that nothing but the test tells the rows apart.
      tests.add(
          """
          tests."number %d" {
            of = feature-views.spend.v1
            given = [ %s ]
            expect = [ { customer_id = 1, as-of = "2024-03-02T00:00:00Z", last = %d, spend_7d = %d } ]
          }
          """
              .formatted(
                  i,
                  payment(
                      1,
                      1,
                      "2024-03-01T00:00:00Z",
                      "2024-03-01T0%d:00:00Z".formatted(i % 10),
                      "" + i),
                  i,
                  i));
    }
    Map<String, TestOutcome> outcomes = run(String.join("\n", tests));
    assertThat(outcomes).hasSize(20);
    outcomes.values().forEach(DefinitionTestsTest::assertPassed);
  }

  @Test
  void one_that_fails_while_it_runs_leaves_the_others_alone() {
    FeatureStory story =
        new FeatureStory(session)
            .define(
                PROJECT
                    + """
                    feature-views.picky.v1 {
                      entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id }
                      features { picky { value = "if(amount > 100, raise_error('too much'), amount)" } }
                    }
                    tests."good" {
                      of = feature-views.picky.v1, given = [ %s ]
                      expect = [ { customer_id = 1, as-of = "2024-03-02", picky = 1 } ]
                    }
                    tests."bad" {
                      of = feature-views.picky.v1, given = [ %s ]
                      expect = [ { customer_id = 1, as-of = "2024-03-02", picky = 1 } ]
                    }
                    """
                        .formatted(
                            payment(1, 1, "2024-03-01T00:00:00Z", "2024-03-01T00:00:00Z", "1"),
                            payment(1, 1, "2024-03-01T00:00:00Z", "2024-03-01T00:00:00Z", "101")));
    Project project = story.project();
    try (DefinitionTests running =
        new DefinitionTests(session, story.folder(), Graph.of(project.definitions()))) {
      List<TestOutcome> outcomes = running.run(project.definitions().tests(), done -> {});
      assertThat(outcomes)
          .extracting(outcome -> outcome.test().name())
          .containsExactly("bad", "good");
      assertThat(Objects.requireNonNull(outcomes.get(0).failure()).getMessage())
          .contains("too much");
      assertPassed(outcomes.get(1));
    }
  }

  @Test
  void rows_are_given_where_a_view_reads_or_further_up() {
    String payments =
        payment(1, 1, "2024-03-01T10:00:00Z", "2024-03-01T10:00:00Z", "5.00")
            + payment(2, 1, "2024-03-01T11:00:00Z", "2024-03-01T11:00:00Z", "7.50");
    Map<String, TestOutcome> outcomes =
        run(
            """
            tests."of what it reads" {
              of = feature-views.days.v1
              given = [ { buyer_id = 1, day = "2024-03-01T00:00:00Z", total = 12.5 } ]
              expect = [ { customer_id = 1, as-of = "2024-03-02", day_total = 12.5 } ]
            }
            tests."through the transformation" {
              of = feature-views.days.v1
              given { sources.payments.v1 = [ %s ] }
              expect = [ { customer_id = 1, as-of = "2024-03-02", day_total = 12.5 } ]
            }
            """
                .formatted(payments));
    outcomes.values().forEach(DefinitionTestsTest::assertPassed);
    assertThat(outcomes).hasSize(2);
  }

  @Test
  void a_training_set_is_built_with_all_of_its_rows() {
    String test =
        """
        tests."whole" {
          of = training-sets.fraud.v1
          given {
            sources.payments.v1 = [ %s ]
            sources.disputes.v1 = [
              { customer_id = 1, at = "2024-03-01 07:00:00", is_fraud = true }
              { customer_id = 1, at = "2024-03-01 07:00:00", is_fraud = true }
              { customer_id = 2, at = "2024-03-05T00:00:00Z", is_fraud = false }
            ]
          }
          expect = [ %s ]
        }
        """;
    String given = payment(1, 1, "2024-03-01T11:00:00Z", "2024-03-01T11:00:00Z", "5.00");
    // 7 in New York is 12 UTC.
    String two =
        """
        { customer_id = 2, as-of = "2024-03-05", fraud = false, spend_7d = null }
        { customer_id = 1, as-of = "2024-03-01T12:00:00Z", fraud = true, spend_7d = 5, day_total = 5 }
        """;
    String third = "{ customer_id = 1, as-of = \"2024-03-01T12:00:00Z\" }";
    assertPassed(of(run(test.formatted(given, two + third)), "whole"));

    TestOutcome short1 = of(run(test.formatted(given, two)), "whole");
    assertThat(short1.differences())
        .extracting(TestOutcome.Difference::kind)
        .containsExactly(TestOutcome.Kind.UNEXPECTED);
    TestOutcome more = of(run(test.formatted(given, two + third + ", " + third)), "whole");
    assertThat(more.differences())
        .extracting(TestOutcome.Difference::kind)
        .containsExactly(TestOutcome.Kind.MISSING);
  }

  @Test
  void what_is_written_wrongly_is_told_with_its_place() {
    Map<String, TestOutcome> outcomes =
        run(
            """
            tests."column" { of = feature-views.spend.v1
              given = [ { buyer_ids = 1 } ], expect = [ { customer_id = 1, as-of = "2024-03-02" } ] }
            tests."expected column" { of = feature-views.spend.v1
              given = [ { buyer_id = 1 } ], expect = [ { customer_id = 1, as-of = "2024-03-02", spend_8d = 1 } ] }
            tests."time" { of = feature-views.spend.v1
              given = [ { buyer_id = 1, paid_at = "2024-03-01 10:00:00" } ], expect = [ { customer_id = 1, as-of = "2024-03-02" } ] }
            tests."rounded" { of = feature-views.spend.v1
              given = [ { buyer_id = 1, amount = 1.005 } ], expect = [ { customer_id = 1, as-of = "2024-03-02" } ] }
            tests."key" { of = feature-views.spend.v1
              given = [ { buyer_id = 1 } ], expect = [ { as-of = "2024-03-02" } ] }
            tests."as-of" { of = feature-views.spend.v1
              given = [ { buyer_id = 1 } ], expect = [ { customer_id = 1 } ] }
            tests."whose" { of = training-sets.fraud.v1
              given = [ { buyer_id = 1 } ], expect = [ { customer_id = 1, as-of = "2024-03-02" } ] }
            tests."not read" { of = feature-views.spend.v1
              given { sources.disputes.v1 = [ { customer_id = 1 } ] }, expect = [ { customer_id = 1, as-of = "2024-03-02" } ] }
            """);
    Map<String, String> said =
        outcomes.values().stream()
            .collect(
                Collectors.toMap(
                    outcome -> outcome.test().name(),
                    outcome -> outcome.problems().get(0).render()));
    assertThat(said.get("column"))
        .contains("no column `buyer_ids` in sources.payments.v1")
        .contains("nearest: buyer_id")
        .contains("definitions/story.conf:");
    assertThat(said.get("expected column"))
        .contains("no column `spend_8d` in feature-views.spend.v1")
        .contains("spend_7d");
    assertThat(said.get("time")).contains("is a time without an offset");
    assertThat(said.get("rounded")).contains("is no decimal(12,2)");
    assertThat(said.get("key")).contains("an expected row needs `customer_id`");
    assertThat(said.get("as-of")).contains("an expected row needs `as-of`");
    assertThat(said.get("whose")).contains("whose rows are these?");
    assertThat(said.get("not read")).contains("sources.disputes.v1 is not read by what is tested");
    outcomes
        .values()
        .forEach(
            outcome ->
                assertThat(Objects.requireNonNull(outcome.failure()).exitCode())
                    .isEqualTo(ExitCode.DEFINITION));
  }

  @Test
  void the_sessions_settings_are_put_back() {
    String before = session.conf().get("spark.sql.shuffle.partitions");
    run("");
    assertThat(session.conf().get("spark.sql.shuffle.partitions")).isEqualTo(before);
    assertThat(session.conf().getOption("spark.tidemark.null-reasons").isEmpty()).isTrue();
  }
}
