package dev.tidemark.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentReaderTest {
  @TempDir private Path folder = Path.of("");
  private ProjectFolder project = new ProjectFolder(folder);

  @BeforeEach
  void makeProject() {
    project = new ProjectFolder(folder);
    project.file("definitions/a.conf", "entities.customer { keys { id = bigint } }");
  }

  private Environment read(String name) {
    return ProjectReader.read(folder, name).environment();
  }

  private Environment prod(String text) {
    project.file("env/prod.conf", text);
    return read("prod");
  }

  @Test
  void without_a_file_the_local_environment_is_iceberg_in_the_project() {
    Environment local = read("local");
    Provider lake = local.registry();
    assertThat(local.providers()).containsExactly(lake);
    assertThat(local.writeTo()).containsExactly(lake);
    assertThat(lake.name()).isEqualTo("lake");
    assertThat(lake.format()).isEqualTo(Provider.TableFormat.ICEBERG);
    assertThat(lake.catalog()).isEqualTo("tidemark");
    assertThat(lake.warehouse()).isEqualTo(".tidemark/warehouse");
    assertThat(lake.database()).isEqualTo("features");
    assertThat(local.spark()).isEmpty();
  }

  @Test
  void a_local_file_with_spark_settings_only_keeps_the_embedded_provider() {
    project.file("env/local.conf", "spark { sql.shuffle.partitions = 4 }");
    Environment local = read("local");
    assertThat(local.writeTo()).extracting(Provider::catalog).containsExactly("tidemark");
    assertThat(local.spark()).isEqualTo(Map.of("spark.sql.shuffle.partitions", "4"));
  }

  @Test
  void lineage_events_go_where_it_is_said() {
    assertThat(read("local").lineage()).isEqualTo(LineageEvents.UNSAID);
    String lake = "providers { lake { format = iceberg, warehouse = w } }\n";
    LineageEvents http =
        prod(lake + "lineage { url = \"http://marquez:5000\", timeout = 2s, api-key = ${?HOME} }")
            .lineage();
    assertThat(http.transport()).isEqualTo(LineageEvents.Transport.HTTP);
    assertThat(http.url()).isEqualTo("http://marquez:5000");
    assertThat(http.timeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(http.apiKey()).isEqualTo(System.getenv("HOME"));
    assertThat(http.toString()).doesNotContain(System.getenv("HOME"));
    LineageEvents files = prod(lake + "lineage { location = told, namespace = risk }").lineage();
    assertThat(files.transport()).isEqualTo(LineageEvents.Transport.FILE);
    assertThat(files.location()).isEqualTo("told");
    assertThat(files.namespace()).isEqualTo("risk");
    assertThat(prod(lake + "lineage { namespace = risk }").lineage().transport()).isNull();
    assertThat(prod(lake + "lineage { transport = none }").lineage().transport())
        .isEqualTo(LineageEvents.Transport.NONE);
  }

  @Test
  void the_key_of_a_server_is_never_told() {
    Environment prod =
        prod(
            """
            providers { lake { format = iceberg, warehouse = w } }
            lineage { url = "http://marquez:5000", api-key = ${?HOME} }
            """);
    assertThat(prod.withoutSecrets("asked with " + System.getenv("HOME")))
        .isEqualTo("asked with ***");
  }

  @Test
  void providers_are_written_to_in_the_order_written_and_the_first_has_the_registry() {
    Environment prod =
        prod(
            """
            providers {
              zeta { format = iceberg, warehouse = "s3://a/zeta" }
              alpha { format = delta, warehouse = "s3://a/alpha", database = offline }
            }
            """);
    assertThat(prod.writeTo()).extracting(Provider::name).containsExactly("zeta", "alpha");
    assertThat(prod.registry().name()).isEqualTo("zeta");
    assertThat(prod.providers()).extracting(Provider::catalog).containsExactly("zeta", null);
    assertThat(prod.providers())
        .extracting(Provider::database)
        .containsExactly("features", "offline");
  }

  @Test
  void write_to_and_registry_choose_among_providers() {
    Environment prod =
        prod(
            """
            providers {
              a { format = iceberg, warehouse = w/a }
              b { format = delta, warehouse = w/b }
            }
            write-to = [b]
            registry = b
            """);
    assertThat(prod.writeTo()).extracting(Provider::name).containsExactly("b");
    assertThat(prod.registry().name()).isEqualTo("b");
  }

  @Test
  void settings_may_be_nested_quoted_or_dotted() {
    Environment prod =
        prod(
            """
            providers.lake {
              format = iceberg, warehouse = w
              options { io-impl = com.acme.Io, client { region = eu-west-1, "retries.max" = 3 } }
            }
            spark {
              "spark.sql.adaptive.enabled" = true
              spark { sql { shuffle.partitions = 8 } }
              hadoop.fs.defaultFS = "hdfs://name"
            }
            """);
    assertThat(prod.spark())
        .isEqualTo(
            Map.of(
                "spark.sql.adaptive.enabled", "true",
                "spark.sql.shuffle.partitions", "8",
                "spark.hadoop.fs.defaultFS", "hdfs://name"));
    assertThat(prod.registry().options())
        .isEqualTo(
            Map.of(
                "io-impl", "com.acme.Io",
                "client.region", "eu-west-1",
                "client.retries.max", "3"));
  }

  @Test
  void environment_variables_are_for_environments_only() {
    // PATH is set on every machine.
    Environment prod =
        prod(
            """
            providers.lake { format = iceberg, warehouse = w, options { token = ${PATH} } }
            """);
    assertThat(prod.registry().options()).containsEntry("token", System.getenv("PATH"));
    project.file("definitions/b.conf", "sources.a.v1 { table = ${PATH}, event-time = t }");
    assertThatThrownBy(() -> read("prod"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("environment variables can be used in env/ only");
  }

  @Test
  void an_optional_variable_may_take_the_place_of_a_default() {
    Environment prod =
        prod(
            """
            providers.lake {
              format = iceberg
              warehouse = w
              warehouse = ${?NOT_SET_ANYWHERE}
              database = d
              database = ${?NOT_SET_EITHER}
            }
            """);
    assertThat(prod.registry().warehouse()).isEqualTo("w");
    assertThat(prod.registry().database()).isEqualTo("d");
  }

  @Test
  void a_name_that_is_no_file_name_is_an_unknown_environment() {
    for (String name : List.of("../definitions/a", "", "a\0b", "a/b", "x".repeat(5_000))) {
      assertThatThrownBy(() -> read(name))
          .isInstanceOf(DefinitionException.class)
          .hasMessageContaining("no environment");
    }
  }

  @Test
  void problems_of_definitions_and_of_the_environment_are_told_together() {
    project.file("definitions/a.conf", "entities.customer { }");
    assertThatThrownBy(() -> prod("providerz { }"))
        .hasMessageContaining("an entity needs `keys`")
        .hasMessageContaining("unknown key `providerz`");
  }
}
