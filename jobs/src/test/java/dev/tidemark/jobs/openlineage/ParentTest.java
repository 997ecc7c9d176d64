package dev.tidemark.jobs.openlineage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Under which run a run is found. */
class ParentTest {
  private static final String ID = "018df74f-8400-7d17-9f0a-adfec67b04b6";
  private static final String ROOT_ID = "018df74f-8400-7055-a406-d3dcdfafb995";

  private final List<String> warnings = new ArrayList<>();

  private static Map<String, String> airflow() {
    return Map.of(
        "AIRFLOW_CTX_DAG_ID", "shop",
        "AIRFLOW_CTX_TASK_ID", "build",
        "AIRFLOW_CTX_LOGICAL_DATE", "2024-03-01T00:00:00+00:00",
        "AIRFLOW_CTX_TRY_NUMBER", "1",
        "AIRFLOW_CTX_DAG_RUN_ID", "scheduled__2024-03-01T00:00:00+00:00");
  }

  /**
   * The ids were computed by openlineage-python 1.54.0, of what Airflow's provider 2.20.3 gives.
   */
  @Test
  void airflows_runs_have_the_ids_that_its_own_provider_gives_them() {
    assertThat(Parent.of(airflow(), warnings::add))
        .contains(
            new Parent(
                new Parent.Run("default", "shop.build", UUID.fromString(ID)),
                new Parent.Run("default", "shop", UUID.fromString(ROOT_ID))));
    assertThat(
            AirflowRun.id(
                Instant.parse("2024-03-01T03:30:00.123456Z"), "prod.shop.tasks.build.2.-1"))
        .isEqualTo(UUID.fromString("018df80f-c73b-7296-ba07-ecb07a1c3002"));
  }

  @Test
  void airflow_2_has_another_name_for_the_date() {
    Map<String, String> two = new HashMap<>(airflow());
    two.put("AIRFLOW_CTX_EXECUTION_DATE", String.valueOf(two.remove("AIRFLOW_CTX_LOGICAL_DATE")));
    assertThat(Parent.of(two, warnings::add).orElseThrow().run().id())
        .isEqualTo(UUID.fromString(ID));
  }

  @Test
  void a_run_without_a_date_keeps_the_tasks_of_a_dag_run_together() {
    Map<String, String> manual = new HashMap<>(airflow());
    manual.remove("AIRFLOW_CTX_LOGICAL_DATE");
    Parent one = Parent.of(manual, warnings::add).orElseThrow();
    assertThat(Parent.of(manual, warnings::add)).contains(one);
    manual.put("AIRFLOW_CTX_TASK_ID", "other");
    Parent other = Parent.of(manual, warnings::add).orElseThrow();
    assertThat(other.root()).isEqualTo(one.root());
    assertThat(other.run().id()).isNotEqualTo(one.run().id());
    manual.put("AIRFLOW_CTX_DAG_RUN_ID", "manual__2");
    assertThat(Parent.of(manual, warnings::add).orElseThrow().root()).isNotEqualTo(one.root());
  }

  @Test
  void the_namespace_is_airflows() {
    Map<String, String> variables = new HashMap<>(airflow());
    variables.put("OPENLINEAGE_NAMESPACE", "of-clients");
    assertThat(Parent.of(variables, warnings::add).orElseThrow().run().namespace())
        .isEqualTo("of-clients");
    variables.put("AIRFLOW__OPENLINEAGE__NAMESPACE", "of-airflow");
    assertThat(Parent.of(variables, warnings::add).orElseThrow().run().namespace())
        .isEqualTo("of-airflow");
  }

  @Test
  void what_is_said_outright_comes_before_airflow() {
    Map<String, String> variables = new HashMap<>(airflow());
    variables.put("OPENLINEAGE_PARENT_ID", "http://flows/a/dag.task/" + ROOT_ID);
    Parent.Run run = new Parent.Run("http://flows/a", "dag.task", UUID.fromString(ROOT_ID));
    assertThat(Parent.of(variables, warnings::add)).contains(new Parent(run, run));
    variables.put("OPENLINEAGE_ROOT_PARENT_ID", "prod/dag/" + ID);
    assertThat(Parent.of(variables, warnings::add))
        .contains(new Parent(run, new Parent.Run("prod", "dag", UUID.fromString(ID))));
    assertThat(warnings).isEmpty();
  }

  @Test
  void what_is_no_id_is_told_and_passed_over() {
    for (String wrong : List.of("x", "a/b", "a/b/c", "/b/" + ID, "a//" + ID)) {
      warnings.clear();
      assertThat(Parent.of(Map.of("OPENLINEAGE_PARENT_ID", wrong), warnings::add)).isEmpty();
      assertThat(warnings).hasSize(1).first().asString().contains("OPENLINEAGE_PARENT_ID", wrong);
    }
    assertThat(Parent.of(Map.of(), warnings::add)).isEmpty();
  }
}
