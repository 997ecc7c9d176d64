package dev.tidemark.compile;

import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

@SparkTest
class WholePathTest {
  private final FeatureStory story;

  WholePathTest(SparkSession session) {
    story = new FeatureStory(session);
  }

  @Test
  void a_training_set_holds_what_was_known_at_each_row() {
    story
        .given(
            "payments",
            """
            buyer_id int | paid_at timestamp    | loaded_at timestamp  | amount double | status string | shop bigint
            1            | 2024-03-01T00:00:00Z | 2024-03-01T01:00:00Z | 5             | OK            | 7
            1            | 2024-03-02T00:00:00Z | 2024-03-02T01:00:00Z | 7             | OK            | 8
            1            | 2024-03-02T12:00:00Z | 2024-03-05T00:00:00Z | 100           | OK            | 7
            1            | 2024-03-02T13:00:00Z | 2024-03-02T13:00:00Z | 1000          | NO            | 7
            """)
        .given(
            "disputes",
            """
            customer_id bigint | at timestamp         | is_fraud boolean | shop_place bigint | amount double
            1                  | 2024-03-03T00:00:00Z | true             | 7                 | 3
            1                  | 2024-03-03T00:00:00Z | true             | 7                 | 3
            2                  | 2024-03-03T00:00:00Z | false            | null              | 4
            """)
        .define(
            """
            entities.customer { keys { customer_id = bigint } }
            entities.place { keys { place_id = bigint } }
            sources.payments.v1 { table = payments, event-time = paid_at, available-at = loaded_at }
            sources.disputes.v1 { table = disputes, event-time = at }
            transformations.visits.v1 {
              inputs { p = sources.payments.v1 }
              sql = "WITH x AS (SELECT shop, paid_at, amount FROM p) SELECT shop AS place_id, paid_at, count(*) AS n FROM x GROUP BY 1, 2"
              event-time = paid_at
            }
            feature-views.spend.v1 {
              entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id }
              where = "status = 'OK'"
              features {
                last { value = amount }
                spend { aggregate = "sum(amount)", windows = [1d, 7d] }
              }
              derived { trend = "spend_1d / spend_7d" }
            }
            feature-views.geo.v1 { entity = place, source = transformations.visits.v1, features { visits { aggregate = "sum(n)", windows = [7d], when-empty = 0 } } }
            labels.chargeback.v1 { entity = customer, source = sources.disputes.v1, value = is_fraud, keep = [amount] }
            training-sets.fraud.v1 {
              label = labels.chargeback.v1
              features = [
                spend.v1
                { feature = spend.v1.last, lag = 1d, as = last_yesterday }
                spend.v1.spend_7d_is_not_there
                { view = geo.v1, keys { place_id = shop_place }, prefix = shop }
              ]
              derived { versus = "amount / spend_7d" }
              split { by = time, test-from = "2024-03-04", embargo = 12h }
            }
            """
                .replace("    spend.v1.spend_7d_is_not_there\n", ""));
    story.expect(
        "fraud.v1",
        """
        customer_id | event_time           | amount | chargeback | last | spend_1d | spend_7d | trend              | last_yesterday | shop_visits_7d | versus | split
        1           | 2024-03-03T00:00:00Z | 3      | true       | 7    | null     | 12       | null               | 5              | 3              | 0.25   | train
        1           | 2024-03-03T00:00:00Z | 3      | true       | 7    | null     | 12       | null               | 5              | 3              | 0.25   | train
        2           | 2024-03-03T00:00:00Z | 4      | false      | null | null     | null     | null               | null           | 0              | null   | train
        """);
  }
}
