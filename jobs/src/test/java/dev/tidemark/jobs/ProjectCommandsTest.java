package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that read definitions and no data; none of these starts Spark. */
class ProjectCommandsTest {
  @TempDir Path folder;

  @Test
  void init_writes_a_project_that_validates() {
    Path shop = Cli.shop(folder);
    assertThat(shop.resolve(".gitignore")).exists();
    Cli.run("validate", "--offline", "--project", shop.toString()).exits(0);
  }

  @Test
  void init_overwrites_nothing() throws IOException {
    Path shop = Cli.shop(folder);
    Files.delete(shop.resolve("env/local.conf"));
    Cli again = Cli.run("init", "--project", shop.toString()).exits(2);
    assertThat(again.err()).contains("definitions/shop.conf").contains("nothing was written");
    assertThat(shop.resolve("env/local.conf")).doesNotExist();
  }

  @Test
  void list_shows_kind_name_owner_and_description() {
    Path shop = Cli.shop(folder);
    Golden.check("list.txt", Cli.run("list", "--project", shop.toString()).exits(0).text());
    assertThat(Cli.run("list", "labels", "--project", shop.toString()).exits(0).text())
        .contains("chargeback.v1")
        .doesNotContain("customer_spend");
  }

  @Test
  void show_tells_what_a_resource_uses_and_who_uses_it() {
    Path shop = Cli.shop(folder);
    StringBuilder all = new StringBuilder();
    for (String name :
        new String[] {"entities.customer", "payments.v1", "customer_spend.v1", "fraud.v1"}) {
      all.append("$ tidemark show ").append(name).append(" --offline\n");
      all.append(Cli.run("show", name, "--offline", "--project", shop.toString()).exits(0).text());
      all.append("\n\n");
    }
    Golden.check("show.txt", all.toString().stripTrailing());
  }

  @Test
  void an_unknown_name_is_refused_with_the_nearest() {
    Path shop = Cli.shop(folder);
    Cli refused = Cli.run("show", "costumer_spend.v1", "--project", shop.toString()).exits(2);
    assertThat(refused.err()).contains("nearest: customer_spend.v1");
  }

  @Test
  void plan_has_no_side_effect() {
    Path shop = Cli.shop(folder);
    Golden.check(
        "plan.txt", Cli.run("plan", "--all", "--project", shop.toString()).exits(0).text());
    assertThat(shop.resolve(".tidemark")).doesNotExist();
  }

  @Test
  void all_problems_of_all_files_are_told_with_their_places() {
    Path shop = Cli.shop(folder);
    Cli.write(shop, "definitions/more.conf", "entitys.x { keys { a = bigint } }\n");
    Cli.write(
        shop,
        "definitions/other.conf",
        """
        training-sets.late.v1 {
          label = labels.chargebak.v1
          features = [customer_spend.v1]
          lable = x
        }
        """);
    Cli refused = Cli.run("validate", "--offline", "--project", shop.toString()).exits(2);
    Golden.check("errors/definitions.txt", refused.err());
    assertThat(refused.json().path("error").path("problems").path(0).path("file").asText())
        .isEqualTo("definitions/more.conf");
  }

  @Test
  void a_folder_that_is_no_project_is_refused_with_what_to_do() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Cli refused = Cli.run("list", "--project", empty.toString()).exits(2);
    assertThat(refused.err()).contains("no definitions").contains("tidemark init");
    assertThat(Cli.run("plan", "--all", "--project", folder + "/none").exits(2).err())
        .contains("no project folder");
    Path shop = Cli.shop(folder);
    assertThat(
            Cli.run("plan", "--all", "--env", "prod", "--project", shop.toString()).exits(2).err())
        .contains("no environment `prod`");
  }
}
