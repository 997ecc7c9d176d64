package dev.tidemark.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.SourceFile;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Target;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Delta provider of {@code spark_catalog}: its tables have a name beside their path. */
@SparkTest
class MetastoreEntryTest {
  private static final String ROWS =
      """
      k bigint | event_time timestamp | v double
      1        | 2024-03-01T00:00:00Z | 1
      """;

  private final SparkSession session;
  private final String database = "d" + UUID.randomUUID().toString().replace("-", "");
  @TempDir private Path folder = Path.of("");

  MetastoreEntryTest(SparkSession session) {
    this.session = session;
  }

  private Target target(String warehouse) {
    return new Target(
        new Provider(
            "delta",
            Provider.TableFormat.DELTA,
            "spark_catalog",
            warehouse,
            database,
            Map.of(),
            new Origin(new SourceFile("env/local.conf", "delta"), 1, 1, 1)),
        "t_v1");
  }

  private void write(Target target) {
    Dataset<Row> rows = TextTable.parse(session, ROWS);
    OfflineTables.of(session, folder, target)
        .replaceAll(
            rows,
            new CommitMark(
                "r",
                "training-sets.t.v1",
                new Fingerprint("0".repeat(64)),
                List.of(),
                null,
                1,
                "t"));
  }

  @Test
  void a_table_is_entered_under_its_name_once_it_is_there() {
    Target target = target("it's a warehouse");
    String name = "spark_catalog." + database + ".t_v1";
    assertThat(OfflineTables.of(session, folder, target).name()).isEqualTo(name);
    OfflineTables.enter(session, folder, target);
    assertThat(session.catalog().tableExists(name)).isFalse();
    write(target);
    for (int i = 0; i < 2; i++) {
      OfflineTables.enter(session, folder, target);
      TextTable.assertRows(session.table(name), ROWS);
      assertThat(OfflineTables.taken(session, folder, target)).isEmpty();
    }
  }

  @Test
  void a_name_that_is_lost_is_entered_again_and_no_row_is_lost_with_it() {
    Target target = target("warehouse");
    write(target);
    OfflineTables.enter(session, folder, target);
    session.sql("DROP TABLE spark_catalog.%s.t_v1".formatted(database));
    assertThat(OfflineTables.of(session, folder, target).exists()).isTrue();
    OfflineTables.enter(session, folder, target);
    TextTable.assertRows(session.table("spark_catalog." + database + ".t_v1"), ROWS);
  }

  @Test
  void a_name_that_another_table_or_view_has_is_refused() {
    Target ours = target("ours");
    write(ours);
    OfflineTables.enter(session, folder, ours);
    assertThat(OfflineTables.taken(session, folder, target("theirs")))
        .hasValueSatisfying(
            why ->
                assertThat(why)
                    .startsWith("spark_catalog." + database + ".t_v1 is taken: it is at file:")
                    .endsWith("not at %s/theirs/%s/t_v1".formatted(folder, database)));
    session.sql("DROP TABLE spark_catalog.%s.t_v1".formatted(database));
    session.sql("CREATE VIEW spark_catalog.%s.t_v1 AS SELECT 1 AS one".formatted(database));
    assertThat(OfflineTables.taken(session, folder, ours))
        .hasValueSatisfying(why -> assertThat(why).endsWith("is taken by a view"));
  }

  @Test
  void a_table_without_a_catalog_has_no_name() {
    Provider provider = target("warehouse").provider();
    Target byPath =
        new Target(
            new Provider(
                "delta",
                provider.format(),
                null,
                "warehouse",
                database,
                Map.of(),
                provider.origin()),
            "t_v1");
    write(byPath);
    OfflineTables.enter(session, folder, byPath);
    assertThat(session.catalog().tableExists("spark_catalog." + database + ".t_v1")).isFalse();
    assertThat(OfflineTables.of(session, folder, byPath).name())
        .isEqualTo("%s/warehouse/%s/t_v1".formatted(folder, database));
  }
}
