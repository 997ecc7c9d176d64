package dev.tidemark.catalogs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.run.ExitCode;
import dev.tidemark.run.TaskFailure;
import dev.tidemark.run.TaskReport;
import dev.tidemark.testkit.TextTable;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What users ask of every catalog: tables that the next command finds, whole and replaced. */
final class KeptTables {
  private static final String LATE = "1,2024-03-02T08:00:00Z,5.00,1,late,true,2024-03-02,1.5";

  private static final String BUILT =
      """
      customer_id | event_time                  | order_id | returned | amount | items       | merchant | ok    | born       | weight   | paid_at              | spend_7d | spend_unbounded | merchants_unbounded | by_merchant_unbounded
      1           | 2024-03-10T10:30:00Z        | a        | true     | 7.00   | null        | a, b     | false | 1969-12-31 | -1.0E300 | 2024-03-10T10:30:00Z | 7.00     | 24.50           | [a, b, café, late]  | {a, b=7.00, café=12.50, late=5.00}
      1           | 2024-11-03T09:30:00.000001Z | b        | false    | 7.00   | null        | a, b     | false | 1969-12-31 | -1.0E300 | 2024-03-10T10:30:00Z | null     | 24.50           | [a, b, café, late]  | {a, b=7.00, café=12.50, late=5.00}
      2           | 2024-03-01T00:00:00Z        | c        | null     | 0.01   | -2147483648 | null     | null  | null       | 3        | 2024-02-29T23:30:00Z | 0.01     | 10000000000.00  | [東京]                | {東京=9999999999.99}
      3           | 2024-03-01T00:00:00Z        | d        | true     | null   | null        | null     | null  | null       | null     | null                 | null     | null            | []                  | {}
      """;

  private static final String TICKS =
      """
      customer_id | event_time           | amount | spend_7d
      1           | 2024-03-02T00:00:00Z | 12.50  | 12.50
      1           | 2024-03-03T00:00:00Z | 5.00   | 17.50
      1           | 2024-03-04T00:00:00Z | 5.00   | 17.50
      2           | 2024-03-01T00:00:00Z | 0.01   | 0.01
      2           | 2024-03-02T00:00:00Z | 0.01   | 0.01
      2           | 2024-03-03T00:00:00Z | 0.01   | 0.01
      2           | 2024-03-04T00:00:00Z | 0.01   | 0.01
      """;

  private KeptTables() {}

  /**
   * Builds and materializes; then, in another Spark, with a payment that came late, again; then two
   * runs at once; then upkeep; and reads.
   */
  static void check(Shop shop) {
    shop.command(
        commands -> {
          assertThat(commands.build().rows()).isEqualTo(4);
          commands.materialize("2024-03-01", "2024-03-03");
        });
    shop.pay(LATE);
    shop.command(
        commands -> {
          TaskReport built = commands.build();
          TaskReport materialized = commands.materialize("2024-03-02", "2024-03-05");
          atOnce(commands);
          assertThat(commands.maintain().done()).anyMatch(done -> done.merged() > 1);
          for (TaskReport.Written written : built.tables()) {
            TextTable.assertRows(commands.read(written.target()), BUILT);
            TextTable.assertRows(commands.session().table(byName(written)), BUILT);
          }
          for (TaskReport.Written written : materialized.tables()) {
            TextTable.assertRows(
                commands
                    .session()
                    .table(byName(written))
                    .select("customer_id", "event_time", "amount", "spend_7d"),
                TICKS);
          }
        });
  }

  /** As anyone else who uses Spark would name it. */
  private static String byName(TaskReport.Written written) {
    return written.table().contains("/")
        ? "delta.`%s`".formatted(written.table())
        : written.table();
  }

  /** Of two runs for one interval at once, each commits or finds that the other did. */
  private static void atOnce(Shop.Commands commands) {
    List<CompletableFuture<@Nullable TaskFailure>> runs =
        Stream.of(commands, commands.beside()).map(KeptTables::run).toList();
    List<TaskFailure> lost =
        runs.stream().map(CompletableFuture::join).filter(java.util.Objects::nonNull).toList();
    assertThat(lost).hasSizeLessThan(2);
    for (TaskFailure failure : lost) {
      assertThat(failure).extracting(TaskFailure::exitCode).isEqualTo(ExitCode.CONFLICT);
    }
  }

  private static CompletableFuture<@Nullable TaskFailure> run(Shop.Commands commands) {
    return CompletableFuture.supplyAsync(() -> commands.materialize("2024-03-03", "2024-03-05"))
        .handle(
            (report, thrown) -> {
              if (thrown == null) {
                return null;
              }
              Throwable cause = thrown instanceof CompletionException ? thrown.getCause() : thrown;
              if (cause instanceof TaskFailure failure) {
                return failure;
              }
              throw new AssertionError(cause);
            });
  }
}
