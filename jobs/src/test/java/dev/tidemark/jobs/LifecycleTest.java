package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code deprecate}, {@code delete} and {@code audit}, on the project that {@code init} writes. */
@SparkTest
class LifecycleTest {
  private final SparkSession spark;

  @TempDir Path folder;

  LifecycleTest(SparkSession spark) {
    this.spark = spark;
  }

  private Cli tidemark(Path project, String command) {
    return Cli.run(spark, project, command);
  }

  private Path shop(String format) {
    return Cli.shop(folder, format);
  }

  @Test
  void users_of_a_deprecated_variant_are_warned_and_still_served() {
    Path shop = shop("iceberg");
    assertThat(tidemark(shop, "deprecate customer_spend.v1").exits(2).err())
        .contains("`customer_spend.v1` is not registered");
    tidemark(shop, "apply --by ada").exits(0);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "feature-views.customer_spend.v1",
        "feature-views.customer_spend.v2");
    Cli.replace(shop, "definitions/shop.conf", "training-sets.fraud.v1", "training-sets.fraud.v2");
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "features = [customer_spend.v1]",
        "features = [customer_spend.v2]");
    tidemark(shop, "apply --by ada").exits(0);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "feature-views.customer_spend.v2",
        "feature-views.customer_spend.v1");
    Cli.replace(shop, "definitions/shop.conf", "training-sets.fraud.v2", "training-sets.fraud.v1");
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "features = [customer_spend.v2]",
        "features = [customer_spend.v1]");

    Cli deprecated =
        tidemark(
            shop,
            "deprecate customer_spend.v1 --successor customer_spend.v2 --until 2027-01-01 --reason rounds --by ada");
    assertThat(deprecated.exits(0).text()).contains("used by training-sets.fraud.v1");
    String command =
        "deprecate customer_spend.v1 --successor customer_spend.v2 --until 2027-01-01 --reason rounds --by bob";
    assertThat(tidemark(shop, command).exits(0).text()).contains("nothing to do");
    Cli build = tidemark(shop, "build fraud.v1").exits(0);
    assertThat(build.err())
        .contains("warning: feature-views.customer_spend.v1 is deprecated since ")
        .contains("by ada: rounds")
        .contains("use feature-views.customer_spend.v2 instead, before 2027-01-01");
    assertThat(build.json().path("warnings").toString()).contains("is deprecated");
    // New words about it change nothing of that.
    Cli.replace(shop, "definitions/shop.conf", "owner = you", "owner = me");
    tidemark(shop, "apply").exits(0);
    assertThat(tidemark(shop, "build fraud.v1").exits(0).err()).contains("is deprecated");
    tidemark(shop, "deprecate customer_spend.v1 --undo").exits(0);
    assertThat(tidemark(shop, "build fraud.v1").exits(0).err()).doesNotContain("is deprecated");
  }

  @Test
  void a_successor_must_be_one() {
    Path shop = shop("iceberg");
    tidemark(shop, "apply").exits(0);
    assertThat(
            tidemark(shop, "deprecate customer_spend.v1 --successor customer_spend.v9")
                .exits(2)
                .err())
        .contains("`customer_spend.v9` is not registered")
        .contains("nearest: customer_spend.v1");
    assertThat(tidemark(shop, "deprecate customer_spend.v1 --successor fraud.v1").exits(2).err())
        .contains(
            "training-sets.fraud.v1 can't be the successor of feature-views.customer_spend.v1");
    assertThat(tidemark(shop, "deprecate customer_spend.v1 --undo --reason x").exits(2).err())
        .contains("--undo takes it all back");
  }

  @ParameterizedTest
  @ValueSource(strings = {"iceberg", "delta"})
  void what_is_used_is_not_deleted_and_what_is_deleted_stays_so(String format) {
    Path shop = shop(format);
    tidemark(shop, "apply").exits(0);
    tidemark(shop, "build fraud.v1").exits(0);
    assertThat(tidemark(shop, "delete customer_spend.v1 --by eve").exits(2).err())
        .contains("feature-views.customer_spend.v1 is used by training-sets.fraud.v1");
    Cli deleted = tidemark(shop, "delete fraud.v1 --tables --by ada --json").exits(0);
    assertThat(deleted.json().at("/result/dropped_tables")).hasSize(1);
    assertThat(deleted.err()).contains("still defines training-sets.fraud.v1");
    assertThat(tidemark(shop, "delete fraud.v1").exits(0).text()).contains("was deleted before");
    assertThat(tidemark(shop, "apply").exits(2).err())
        .contains("training-sets.fraud.v1 was deleted on ")
        .contains("by ada");
    assertThat(tidemark(shop, "build fraud.v1").exits(2).err())
        .contains("shop.conf")
        .contains("training-sets.fraud.v1 was deleted on ");
    assertThat(tidemark(shop, "plan").exits(2).text())
        .contains("deleted    training-sets.fraud.v1");
    assertThat(tidemark(shop, "read fraud.v1").exits(4).err()).contains("no table");
    // Nobody uses the view any more.
    tidemark(shop, "delete customer_spend.v1").exits(0);
    JsonNode result = tidemark(shop, "plan --json").exits(2).json().at("/result");
    assertThat(result.path("deleted").toString())
        .contains("feature-views.customer_spend.v1", "features.customer_spend.v1.spend_7d");
    assertThat(result.path("absent")).isEmpty();
  }

  @Test
  void a_changed_variant_is_not_built_under_its_name() {
    Path shop = shop("iceberg");
    // What nobody has registered may be tried.
    tidemark(shop, "build fraud.v1").exits(0);
    tidemark(shop, "apply").exits(0);
    Cli.replace(shop, "definitions/shop.conf", "sum(amount)", "max(amount)");
    Cli refused = tidemark(shop, "build fraud.v1").exits(2);
    assertThat(refused.err())
        .contains("feature-views.customer_spend.v1 is registered with another meaning")
        .contains("tidemark plan")
        .doesNotContain("training-sets.fraud.v1 is registered");
  }

  @Test
  void all_that_is_done_is_in_the_audit_log() {
    Path shop = shop("iceberg");
    assertThat(tidemark(shop, "audit").exits(0).text()).contains("0 rows");
    tidemark(shop, "apply --by ada").exits(0);
    tidemark(shop, "apply --by ada").exits(0);
    tidemark(shop, "build fraud.v1 --by bob").exits(0);
    tidemark(shop, "delete customer_spend.v1 --by eve").exits(2);
    tidemark(shop, "deprecate customer_spend.v1 --by ada").exits(0);
    Cli.replace(shop, "definitions/shop.conf", "sum(amount)", "max(amount)");
    tidemark(shop, "apply --by eve").exits(2);
    Cli audit = tidemark(shop, "audit --json").exits(0);
    JsonNode entries = audit.json().at("/result/entries");
    assertThat(entries.findValuesAsText("action"))
        .containsExactly("apply", "apply", "deprecate", "delete", "delete", "build", "apply");
    assertThat(entries.findValuesAsText("by"))
        .containsExactly("eve", "eve", "ada", "eve", "eve", "bob", "ada");
    assertThat(entries.findValuesAsText("outcome"))
        .containsExactly("refused", "begun", "begun", "refused", "begun", "begun", "begun");
    assertThat(entries.get(0).path("because").asText()).contains("registered with another meaning");
    assertThat(entries.get(3).path("subjects").toString())
        .contains("feature-views.customer_spend.v1");
    String hash = audit.json().at("/result/hash").asText();
    tidemark(shop, "audit --expect " + hash).exits(0);
    assertThat(tidemark(shop, "audit --expect 0123").exits(3).err()).contains("tampered");
  }
}
