package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules of {@code policy.conf}, by the commands that they stop. */
@SparkTest
class AccessTest {
  private static final String ROLES = "roles { risk = [ada], web = [bob] }\n";

  private final SparkSession spark;

  @TempDir Path folder;

  AccessTest(SparkSession spark) {
    this.spark = spark;
  }

  private Cli tidemark(Path project, String command) {
    return Cli.run(spark, project, command);
  }

  private Path shop(String rules) {
    Path shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "  tie-break = [payment_id]",
        "  tie-break = [payment_id]\n  columns { amount { tags = [pii] }, status { tags = [internal] } }");
    Cli.write(shop, "policy.conf", ROLES + "rules { " + rules + " }");
    return shop;
  }

  @Test
  void only_who_has_the_role_may_use_what_is_tagged() {
    Path shop = shop("pii-for-risk { tags = [pii], roles = [risk], description = \"ask risk\" }");
    for (String command :
        new String[] {
          "plan fraud.v1",
          "build fraud.v1",
          "materialize customer_spend.v1 --latest --as-of 2024-03-08",
          "read fraud.v1"
        }) {
      assertThat(tidemark(shop, command + " --by bob").exits(2).err())
          .as(command)
          .contains("policy.conf:2:9: rule `pii-for-risk`")
          .contains("uses pii (sources.payments.v1.amount)")
          .contains("only risk may, in the environment local; you are `bob`; ask risk");
    }
    tidemark(shop, "plan fraud.v1 --by ada").exits(0);
    tidemark(shop, "build fraud.v1 --by ada").exits(0);
    tidemark(shop, "read fraud.v1 --by ada").exits(0);
    Cli shown = tidemark(shop, "show fraud.v1 --by bob --json").exits(0);
    assertThat(shown.json().at("/result/hidden").asText()).contains("pii-for-risk");
    assertThat(shown.json().at("/result/samples").isNull()).isTrue();
    assertThat(tidemark(shop, "audit --json").exits(0).json().at("/result/entries").toString())
        .contains("\"outcome\":\"refused\"", "rule `pii-for-risk`");
  }

  @Test
  void what_a_condition_asks_is_used_too_and_other_tags_are_not_meant() {
    Path shop =
        shop(
            "a { tags = [internal], roles = [] }, b { tags = [other], roles = [] }, c { tags = [pii], environments = [prod], roles = [] }");
    assertThat(tidemark(shop, "plan fraud.v1 --by ada").exits(2).err())
        .contains("rule `a`")
        .contains("internal (sources.payments.v1.status)")
        .contains("nobody may")
        .doesNotContain("rule `b`")
        .doesNotContain("rule `c`");
  }

  @Test
  void a_tagged_column_must_be_masked_where_a_rule_says_so() {
    Path shop = shop("masks { tags = [pii], roles = [risk], masked = true }");
    assertThat(tidemark(shop, "build fraud.v1 --by bob").exits(2).err())
        .contains(
            "training-sets.fraud.v1 shows basket_vs_usual (tagged pii), last_amount (tagged pii), spend_1d (tagged pii), spend_7d (tagged pii) unmasked")
        .doesNotContain("payments_7d");
    tidemark(shop, "build fraud.v1 --by ada").exits(0);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "  derived { basket_vs_usual = \"basket / (spend_7d / payments_7d)\" }",
        """
          derived { basket_vs_usual = "basket / (spend_7d / payments_7d)" }
          mask {
            basket_vs_usual = "round(basket_vs_usual)"
            last_amount = "sha2(cast(last_amount as string), 256)"
            spend_1d = "spend_1d > 100"
            spend_7d = "null"
          }
        """);
    Cli.replace(shop, "definitions/shop.conf", "training-sets.fraud.v1", "training-sets.fraud.v2");
    assertThat(tidemark(shop, "plan fraud.v2 --by bob").exits(0).text())
        .contains("masked\n    basket_vs_usual is written as round(basket_vs_usual)");
    tidemark(shop, "build fraud.v2 --by bob").exits(0);
    String csv = tidemark(shop, "read fraud.v2 --by bob --format csv --limit 1").exits(0).text();
    assertThat(csv)
        .contains(
            "customer_id,event_time,basket,chargeback,last_amount,spend_1d,spend_7d,payments_7d,basket_vs_usual");
    assertThat(csv.lines().skip(1).findFirst().orElse(""))
        .matches("1,2024-03-03T08:00:00Z,40.00,false,[0-9a-f]{64},false,,2,1");
  }

  @Test
  void mistakes_in_a_policy_are_told() {
    Path shop = shop("a { tags = [pii], roles = [rsk] }");
    assertThat(tidemark(shop, "plan fraud.v1").exits(2).err())
        .contains("no role `rsk`")
        .contains("nearest: risk");
    Cli.write(
        shop,
        "policy.conf",
        ROLES + "rules { b { tags = [pii] }, c { tgas = [pii], roles = [] } }");
    assertThat(tidemark(shop, "plan fraud.v1").exits(2).err())
        .contains("say who may: roles = [risk], or masked = true")
        .contains("tgas");
  }

  @Test
  void a_mask_must_hide_and_be_of_a_column() {
    Path shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "  derived { basket_vs",
        "  mask { spend_1d = \"spend_1d\", spend_9d = \"1\", event_time = \"1\", last_amount = \"spend_1d + 1\" }\n  derived { basket_vs");
    assertThat(tidemark(shop, "validate --offline").exits(2).err())
        .contains("this does not hide `spend_1d`")
        .contains("no column `spend_9d` to mask")
        .contains("event_time can't be masked");
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "spend_1d = \"spend_1d\", spend_9d = \"1\", event_time = \"1\", ",
        "");
    assertThat(tidemark(shop, "validate").exits(2).err())
        .contains("no column `spend_1d` in the column that is masked, which is all that it sees");
  }
}
