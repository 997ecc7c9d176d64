package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.SourceFile;
import dev.tidemark.testkit.Golden;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScheduleTest {
  private static final Path SHOP = Path.of("/home/ann/shop");
  private static final String MORE =
      """
      transformations.visit_days.v1 {
        inputs { visits = sources.visits.v1, daily = transformations.daily.v1 }
        sql = "SELECT * FROM visits, daily", event-time = visited_at
      }
      feature-views.visits.v1 {
        entity = customer, source = transformations.visit_days.v1, owner = web
        features { n { aggregate = "count(*)", windows = [7d] } }
        materialize { every = 6h, start = "2024-01-10T06:00:00Z" }
      }
      feature-views.files.v1 {
        entity = customer, source = sources.disputes.v1
        features { m { aggregate = "count(*)", windows = [7d] } }
        materialize { every = 1d, start = "2024-01-10" }
      }
      training-sets.a.v1 {
        label = labels.fraud.v1, features = [spend.v1, { view = visits.v1, use-materialized = true }]
        owner = risk, tags = [fraud], description = "Frauds"
      }
      training-sets.b.v1 { label = labels.fraud.v1, features = [files.v1.m] }
      """;

  @TempDir Path folder;

  private Graph graph() {
    return PlanProject.shop(folder, MORE).graph();
  }

  private List<ScheduledTask> everyInterval(String... names) {
    return Schedule.ofEveryInterval(graph(), PlanProject.environment(), SHOP, List.of(names));
  }

  @Test
  void every_interval_has_a_task_for_each_view_with_ticks_and_each_training_set() {
    List<ScheduledTask> tasks = everyInterval();
    assertThat(tasks)
        .extracting(ScheduledTask::id)
        .containsExactly(
            "materialize/files.v1", "materialize/visits.v1", "build/a.v1", "build/b.v1");
    Golden.check("plan/schedule.txt", ScheduleText.of(tasks));
  }

  @Test
  void a_training_set_comes_with_the_offline_tables_that_it_reads_and_after_them() {
    List<ScheduledTask> tasks = everyInterval("a.v1");
    assertThat(tasks)
        .extracting(ScheduledTask::id)
        .containsExactly("materialize/visits.v1", "build/a.v1");
    ScheduledTask build = tasks.get(1);
    assertThat(build.dependsOn()).containsExactly("materialize/visits.v1");
    // What one writes another reads, under the same name.
    assertThat(build.inputs()).extracting(Asset::uri).contains(tasks.get(0).outputs().get(0).uri());
    assertThat(everyInterval("b.v1")).extracting(ScheduledTask::id).containsExactly("build/b.v1");
  }

  @Test
  void no_task_comes_before_one_that_it_depends_on() {
    Set<String> seen = new HashSet<>();
    for (ScheduledTask task : everyInterval()) {
      assertThat(seen).containsAll(task.dependsOn());
      assertThat(seen.add(task.id())).isTrue();
    }
  }

  @Test
  void a_plan_of_one_interval_has_its_times() {
    Plan plan =
        Planner.materialize(
            graph(),
            PlanProject.environment(),
            List.of("visits.v1"),
            new Interval(
                Instant.parse("2024-02-01T00:00:00Z"), Instant.parse("2024-02-02T00:00:00Z")));
    List<ScheduledTask> tasks = Schedule.of(plan, PlanProject.environment(), SHOP, null);
    assertThat(tasks).hasSize(1);
    ScheduledTask task = tasks.get(0);
    assertThat(task.id()).isEqualTo(plan.tasks().get(0).id());
    assertThat(task.arguments())
        .containsExactly(
            "materialize",
            "visits.v1",
            "--start",
            "2024-02-01T00:00:00Z",
            "--end",
            "2024-02-02T00:00:00Z");
    // A transformation is followed to what it reads; each source is told once.
    assertThat(task.inputs())
        .extracting(Asset::resource)
        .containsExactlyInAnyOrder("sources.visits.v1", "sources.payments.v1");
  }

  @Test
  void a_plan_of_one_interval_awaits_what_that_of_every_interval_awaits() {
    Graph graph =
        PlanProject.shop(
                folder,
                """
                sources.seen.v1 { table = raw.seen, event-time = at, ready { watermark = event-time } }
                sources.noted.v1 { table = raw.noted, event-time = at, ready { rows { min = 1 } } }
                sources.odd.v1 { table = raw.odd, event-time = at }
                feature-views.both.v1 {
                  entity = customer, sources = [sources.seen.v1, sources.noted.v1, sources.odd.v1]
                  features { n { aggregate = "count(*)", windows = [7d] } }
                  materialize { every = 1d, start = "2024-01-10" }
                }
                feature-views.one.v1 {
                  entity = customer, source = sources.seen.v1
                  features { n { aggregate = "count(*)", windows = [7d] } }
                  materialize { every = 7d, start = "2024-01-10" }
                }
                training-sets.a.v1 { label = labels.fraud.v1, features = [one.v1] }
                """)
            .graph();
    Environment environment = PlanProject.environment();
    Plan plan =
        Planner.materialize(
            graph,
            environment,
            List.of("both.v1", "one.v1"),
            new Interval(
                Instant.parse("2024-01-10T00:00:00Z"), Instant.parse("2024-01-17T00:00:00Z")));
    String end = "2024-01-17T00:00:00Z";
    List<ScheduledTask> due = Schedule.of(plan, environment, SHOP, Instant.parse(end));
    List<ScheduledTask> every =
        Schedule.ofEveryInterval(graph, environment, SHOP, List.of("both.v1", "one.v1"));
    assertThat(due)
        .extracting(ScheduledTask::id)
        .startsWith("await/sources.noted.v1/" + end, "await/sources.seen.v1/" + end)
        .hasSize(4);
    for (int i = 0; i < due.size(); i++) {
      ScheduledTask filled = due.get(i);
      ScheduledTask template = every.get(i);
      assertThat(filled.kind()).isEqualTo(template.kind());
      assertThat(filled.inputs()).isEqualTo(template.inputs());
      assertThat(filled.arguments())
          .isEqualTo(
              template.arguments().stream()
                  .map(argument -> argument.replace(Schedule.START, "2024-01-10T00:00:00Z"))
                  .map(argument -> argument.replace(Schedule.END, end))
                  .toList());
      assertThat(filled.dependsOn())
          .isEqualTo(template.dependsOn().stream().map(id -> id + "/" + end).toList());
    }
    // A week that is not over yet is not waited for.
    assertThat(
            Schedule.of(plan, environment, SHOP, Instant.parse("2024-01-11T00:00:00Z")).stream()
                .filter(task -> task.kind() == ScheduledTask.Kind.AWAIT)
                .map(task -> task.arguments().get(3)))
        .containsOnly("2024-01-11T00:00:00Z");
    // Of a build as of a time the same, and without one the sources are taken as they are.
    Instant time = Instant.parse("2024-03-01T00:00:00Z");
    List<ScheduledTask> build =
        Schedule.of(
            Planner.build(graph, environment, List.of("a.v1"), time), environment, SHOP, null);
    assertThat(build)
        .extracting(ScheduledTask::id)
        .first()
        .isEqualTo("await/sources.seen.v1/2024-03-01T00:00:00Z");
    assertThat(build.get(1).dependsOn()).containsExactly(build.get(0).id());
    assertThat(
            Schedule.of(
                Planner.build(graph, environment, List.of("a.v1"), null), environment, SHOP, null))
        .extracting(ScheduledTask::kind)
        .containsExactly(ScheduledTask.Kind.BUILD);
  }

  @Test
  void the_arguments_of_builds_newest_values_and_scores() {
    Environment environment = PlanProject.environment();
    Instant time = Instant.parse("2024-03-01T00:00:00Z");
    Graph graph = graph();
    assertThat(arguments(Planner.build(graph, environment, List.of("b.v1"), null)))
        .containsExactly("build", "b.v1");
    assertThat(arguments(Planner.build(graph, environment, List.of("b.v1"), time)))
        .containsExactly("build", "b.v1", "--as-of", "2024-03-01T00:00:00Z");
    assertThat(
            arguments(
                Planner.latest(graph, environment, List.of("spend.v1"), time, History.NONE, false)))
        .containsExactly("materialize", "spend.v1", "--latest", "--as-of", "2024-03-01T00:00:00Z");
    KeysFile keys = KeysFile.of("s3://in/keys.csv").orElseThrow();
    assertThat(arguments(Planner.score(graph, environment, List.of("b.v1"), time, keys)))
        .containsExactly(
            "build",
            "b.v1",
            "--scoring",
            "--as-of",
            "2024-03-01T00:00:00Z",
            "--keys",
            "s3://in/keys.csv");
  }

  private static List<String> arguments(Plan plan) {
    return Schedule.of(plan, PlanProject.environment(), SHOP, null).get(0).arguments();
  }

  @Test
  void names_that_are_not_known_and_views_without_ticks_are_refused() {
    assertThatThrownBy(() -> everyInterval("visit.v1", "spend.v1"))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("`visit.v1` is no feature view and no training set")
        .hasMessageContaining("visits.v1")
        .hasMessageContaining("feature-views.spend.v1 does not say when it is materialized");
  }

  @Test
  void the_same_data_have_the_same_name() {
    Map<String, String> uris =
        Map.of(
            "disputes", "tidemark://shop/data/disputes.parquet",
            "payments", "table://raw/payments");
    everyInterval().stream()
        .flatMap(task -> task.inputs().stream())
        .filter(asset -> asset.target() == null)
        .forEach(
            asset -> {
              String name = ResourceName.of(asset.resource()).name();
              if (uris.containsKey(name)) {
                assertThat(asset.uri()).isEqualTo(uris.get(name));
              }
            });
    Target here = target(Provider.TableFormat.ICEBERG, "lake", ".tidemark/lake", Map.of());
    assertThat(uri(here)).isEqualTo("tidemark://shop/.tidemark/lake/features/t");
    assertThat(uri(target(Provider.TableFormat.ICEBERG, "lake", "s3a://b/lake/", Map.of())))
        .isEqualTo("s3a://b/lake/features/t");
    assertThat(uri(target(Provider.TableFormat.ICEBERG, "lake", "/lake", Map.of())))
        .isEqualTo("file:///lake/features/t");
    assertThat(uri(target(Provider.TableFormat.ICEBERG, "lake", "w", Map.of("type", "rest"))))
        .isEqualTo("iceberg://lake/features/t");
    assertThat(
            uri(
                target(
                    Provider.TableFormat.ICEBERG,
                    "lake",
                    "s3://b/w",
                    Map.of("catalog-impl", "org.apache.iceberg.jdbc.JdbcCatalog"))))
        .isEqualTo("iceberg://lake/features/t");
    assertThat(uri(target(Provider.TableFormat.DELTA, null, "file:/lake", Map.of())))
        .isEqualTo("file:///lake/features/t");
  }

  private static String uri(Target target) {
    return Asset.of("feature-views.t.v1", target, SHOP).uri();
  }

  private static Target target(
      Provider.TableFormat format,
      @Nullable String catalog,
      String warehouse,
      Map<String, String> options) {
    Origin origin = new Origin(new SourceFile("env/local.conf", ""), 1, 1, 1);
    return new Target(
        new Provider("lake", format, catalog, warehouse, "features", options, origin), "t");
  }

  @Test
  void a_source_that_is_another_projects_offline_table_has_that_tables_name() {
    PlanProject project =
        PlanProject.shop(
            folder,
            """
            sources.other.v1 { table = lake.features.spend_v1, event-time = at }
            sources.odd.v1 { sql = "SELECT * FROM raw.x", event-time = at }
            feature-views.other.v1 {
              entity = customer, sources = [sources.other.v1, sources.odd.v1], features { x { value = x } }
              materialize { every = 1d, start = "2024-01-01" }
            }
            """);
    List<ScheduledTask> tasks =
        Schedule.ofEveryInterval(project.graph(), PlanProject.environment(), SHOP, List.of());
    assertThat(tasks.get(0).inputs().stream().map(Asset::uri).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(
            "tidemark://shop/.tidemark/lake/features/spend_v1", "tidemark://shop/sources.odd.v1");
  }
}
