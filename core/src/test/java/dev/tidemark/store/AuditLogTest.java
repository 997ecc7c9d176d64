package dev.tidemark.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Project;
import dev.tidemark.definition.ProjectReader;
import dev.tidemark.plan.AuditEntry;
import dev.tidemark.plan.AuditEntry.Outcome;
import dev.tidemark.plan.Target;
import dev.tidemark.testkit.ProjectSession;
import dev.tidemark.testkit.SparkTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows that were changed, taken away or put in are found, in either format. */
@SparkTest
class AuditLogTest {
  private static final String ICEBERG = "format = iceberg, catalog = audited";
  private static final String DELTA = "format = delta";

  private final SparkSession spark;

  @TempDir Path folder;

  AuditLogTest(SparkSession spark) {
    this.spark = spark;
  }

  private Project project(String provider) throws IOException {
    Files.createDirectories(folder.resolve("definitions"));
    Files.createDirectories(folder.resolve("env"));
    Files.writeString(
        folder.resolve("definitions/all.conf"), "entities.customer { keys { id = bigint } }");
    Files.writeString(
        folder.resolve("env/local.conf"),
        "providers { lake { %s, warehouse = \"%s\" } }"
            .formatted(provider, folder.resolve("warehouse")));
    return ProjectReader.read(folder, "local");
  }

  private AuditLog log(Project project) {
    return new AuditLog(
        ProjectSession.open(spark, project.environment(), project.root()),
        project.root(),
        project.environment().registry());
  }

  private static AuditEntry add(AuditLog log, String by) {
    return log.add(
        head ->
            new AuditEntry(
                head.number() + 1,
                Instant.parse("2024-03-01T00:00:00.123456789Z"),
                by,
                "build",
                Outcome.BEGUN,
                List.of("training-sets.fraud.v1", "training-sets.churn.v1"),
                null,
                "local",
                "0123abc+",
                "run-of-" + by,
                "test",
                head.hash()));
  }

  /** As somebody would who may write to the table, and does not know of the chain. */
  private void rewrite(Project project, String rows) {
    SparkSession session = ProjectSession.open(spark, project.environment(), project.root());
    OfflineTable table =
        OfflineTables.of(
            session,
            project.root(),
            new Target(RunHistory.own(project.environment().registry()), AuditLog.TABLE));
    String snapshot = table.state().snapshot();
    Dataset<Row> before = table.readAt(String.valueOf(snapshot));
    before.createOrReplaceTempView("audit_before");
    Dataset<Row> after =
        session.createDataFrame(session.sql(rows).collectAsList(), before.schema());
    table.replaceAll(after, RunHistory.mark("tampering", "tidemark.audit", 1, "test"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ICEBERG + "| row 2 does not say what it said",
        DELTA + "| row 2 does not say what it said"
      })
  void a_changed_row_is_found(String provider, String broken) throws Exception {
    Project project = project(provider);
    AuditLog log = log(project);
    assertThat(log.verify(null))
        .isEqualTo(new AuditLog.Verdict(new AuditLog.Head(0, AuditEntry.NONE), null, true));
    List<AuditEntry> added = List.of(add(log, "ada"), add(log, "bob"), add(log, "cid"));
    assertThat(log.last(2)).containsExactly(added.get(2), added.get(1));
    String kept = added.get(1).hash().sha256();
    AuditLog.Verdict whole = log.verify(kept);
    assertThat(whole.broken()).isNull();
    assertThat(whole.found()).isTrue();
    assertThat(whole.head()).isEqualTo(new AuditLog.Head(3, added.get(2).hash().sha256()));
    rewrite(project, columns("if(number = 2, 'eve', by)") + " FROM audit_before");
    assertThat(log.verify(null).broken()).startsWith(broken);
  }

  /** All columns in their order, with another `by`. */
  private static String columns(String by) {
    return "SELECT number, at, "
        + by
        + ", action, outcome, subjects, because, environment, git_commit, run_id, version, previous, hash";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {ICEBERG, DELTA})
  void a_row_that_was_taken_away_is_missed(String provider) throws Exception {
    Project project = project(provider);
    AuditLog log = log(project);
    add(log, "ada");
    add(log, "bob");
    AuditEntry last = add(log, "cid");
    rewrite(project, columns("by") + " FROM audit_before WHERE number <> 2");
    assertThat(log.verify(null).broken()).isEqualTo("row 2 is missing");
    assertThat(log.verify(last.hash().sha256()).head().number()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {ICEBERG, DELTA})
  void a_row_that_was_cut_off_is_missed_once_another_follows_and_by_who_kept_its_hash(
      String provider) throws Exception {
    Project project = project(provider);
    AuditLog log = log(project);
    add(log, "ada");
    AuditEntry last = add(log, "bob");
    rewrite(project, columns("by") + " FROM audit_before WHERE number = 1");
    AuditLog.Verdict verdict = log.verify(last.hash().sha256());
    assertThat(verdict.broken() == null && verdict.found()).isFalse();
    add(log, "cid");
    assertThat(log.verify(null).broken()).isEqualTo("row 2 is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {ICEBERG, DELTA})
  void several_write_at_once_and_the_chain_is_whole(String provider) throws Exception {
    Project project = project(provider);
    log(project);
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      List<Future<AuditEntry>> all = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String by = "writer" + i;
        all.add(threads.submit(() -> add(log(project), by)));
      }
      List<Long> numbers = new ArrayList<>();
      for (Future<AuditEntry> each : all) {
        numbers.add(each.get().number());
      }
      assertThat(numbers).doesNotHaveDuplicates().hasSize(12);
    } finally {
      threads.shutdownNow();
    }
    AuditLog.Verdict verdict = log(project).verify(null);
    assertThat(verdict.broken()).isNull();
    assertThat(verdict.head().number()).isEqualTo(12);
  }
}
