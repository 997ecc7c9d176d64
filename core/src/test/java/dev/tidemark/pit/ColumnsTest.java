package dev.tidemark.pit;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is packed from columns of files is what is packed from rows. */
@SparkTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ColumnsTest {
  private static final long DAY = TimeUnit.DAYS.toMicros(1);
  private static final List<String> VALUES =
      List.of("flag", "tiny", "small", "whole", "big", "single", "real", "money", "day");
  private static final String COLUMNS = "spark.sql.parquet.enableVectorizedReader";
  private static final String ADAPTIVE = "spark.sql.adaptive.enabled";

  private final SparkSession session;
  private final Path folder;

  ColumnsTest(SparkSession session, @TempDir Path folder) {
    this.session = session;
    this.folder = folder;
  }

  @BeforeAll
  void write() {
    session
        .range(0, 2_000, 1, 3)
        .selectExpr(
            "id",
            "if(id % 40 = 0, null, pmod(xxhash64(id, 1), 90)) as k",
            "cast(id % 3 as int) as part",
            "timestamp_micros(1700000000000000 + pmod(xxhash64(id, 2), 40) * 21600000000) as t")
        .write()
        .parquet(path("spine"));
    session
        .range(0, 12_000, 1, 3)
        .selectExpr(
            "if(id % 70 = 0, null, pmod(xxhash64(id, 3), 100)) as k",
            "if(id % 71 = 0, null, cast(id % 3 as int)) as part",
            "if(id % 73 = 0, null, timestamp_micros(1699000000000000"
                + " + pmod(xxhash64(id, 4), 2000) * 1000000000)) as at",
            "if(id % 4 = 0, null, id % 5 = 0) as flag",
            "if(id % 5 = 0, null, cast(pmod(xxhash64(id, 5), 256) - 128 as tinyint)) as tiny",
            "cast(pmod(xxhash64(id, 6), 65536) - 32768 as smallint) as small",
            "if(id % 6 = 0, null, cast(xxhash64(id, 7) >> 32 as int)) as whole",
            "if(id % 7 = 0, null, xxhash64(id, 8) >> 20) as big",
            "if(id % 8 = 0, null, cast(id / 7.0D as float)) as single",
            "if(id % 9 = 0, null, if(id % 90 = 1, double('NaN'), id / 7.0D)) as real",
            "if(id % 10 = 0, null, cast(id / 7.0D as decimal(12, 2))) as money",
            "if(id % 11 = 0, null, date_add(date'2023-11-01', cast(id % 60 as int))) as day",
            "cast(id % 9 as string) as text")
        .write()
        .parquet(path("events"));
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private Dataset<Row> events() {
    return session
        .read()
        .parquet(path("events"))
        .withColumn(EventColumns.EVENT_TIME, col("at"))
        .withColumn(EventColumns.AVAILABLE_TIME, col("at"))
        .withColumn(EventColumns.VISIBLE_FROM, col("at"))
        .withColumn(EventColumns.DELETED, lit(false));
  }

  private PointInTimeJoin join(Dataset<Row> events, List<String> keys, List<String> values) {
    Dataset<Row> spine = session.read().parquet(path("spine"));
    List<Output> outputs = new ArrayList<>();
    for (String value : values) {
      outputs.add(new Output.Latest("last_" + value, value, null, 5 * DAY, false));
    }
    outputs.add(new Output.Windowed("sum", "sum(big)", null, null, 3 * DAY, null));
    outputs.add(new Output.Windowed("most", "max(real)", "whole > 0", null, 3 * DAY, null));
    Lookup lookup =
        new Lookup(
            "all",
            events,
            keys.stream().map(key -> new Lookup.Key(key, key)).toList(),
            true,
            false,
            0,
            List.of(),
            values,
            List.of(),
            null,
            outputs);
    return new PointInTimeJoin(spine, "t", List.of(lookup), PitStory.asked(spine, "t"));
  }

  private static String plan(PointInTimeJoin join) {
    Dataset<Row> rows = new SlotEngine().join(join);
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows)
        .queryExecution()
        .executedPlan()
        .toString();
  }

  private List<String> rows(PointInTimeJoin join) {
    return new SlotEngine().join(join).toJSON().collectAsList().stream().sorted().toList();
  }

  private List<String> rows(PointInTimeJoin join, boolean columns, String adaptive) {
    Map<String, String> settings =
        Map.of(
            COLUMNS,
            String.valueOf(columns),
            ADAPTIVE,
            adaptive,
            Strategy.SETTING,
            "shuffle",
            StrategyChoice.PARTITIONS,
            "3");
    return Settings.with(
        session,
        settings,
        () -> {
          String plan = plan(join);
          if (adaptive.equals("false")) {
            assertThat(plan.contains("PackColumns")).isEqualTo(columns);
          }
          return rows(join);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void every_type_arrives_as_it_was_nulls_included(String adaptive) {
    for (List<String> keys : List.of(List.of("k"), List.of("part"), List.of("k", "part"))) {
      PointInTimeJoin join = join(events(), keys, VALUES);
      List<String> packed = rows(join, true, adaptive);
      assertThat(packed).as("%s", keys).hasSize(2_000).isEqualTo(rows(join, false, adaptive));
    }
  }

  @Test
  void rows_of_columns_are_the_rows_of_the_reference_engine() {
    PointInTimeJoin join = join(events(), List.of("k"), VALUES);
    assertThat(rows(join, true, "false"))
        .isEqualTo(
            new ReferenceEngine().join(join).toJSON().collectAsList().stream().sorted().toList());
  }

  @Test
  void bounds_of_whole_numbers_are_kept_on_columns() {
    for (String bound :
        List.of(
            "whole > 0",
            "whole >= 5 and tiny < 9",
            "small <= -3",
            "0 < big",
            "big is not null and part = 1",
            "at > timestamp'2023-11-10'",
            "day <= date'2023-11-20'")) {
      Dataset<Row> events = events().where(bound);
      PointInTimeJoin join = join(events, List.of("k"), VALUES);
      Map<String, String> rowWise = Map.of(COLUMNS, "false", ADAPTIVE, "false");
      Map<String, String> columnWise = Map.of(COLUMNS, "true", ADAPTIVE, "false");
      assertThat(Settings.with(session, columnWise, () -> rows(join)))
          .as(bound)
          .isEqualTo(Settings.with(session, rowWise, () -> rows(join)));
    }
  }

  @Test
  void what_is_no_bound_or_of_no_fixed_length_is_packed_from_rows() {
    Map<String, String> settings = Map.of(ADAPTIVE, "false", Strategy.SETTING, "shuffle");
    for (PointInTimeJoin join :
        List.of(
            join(events().where("real > 1"), List.of("k"), VALUES),
            join(events().where("tiny > 1 or small > 2"), List.of("k"), VALUES),
            join(events(), List.of("k"), List.of("text")))) {
      String plan = Settings.with(session, settings, () -> plan(join));
      // The spine's columns are plain.
      assertThat(Stream.of(plan.split("\n", -1)).filter(line -> line.contains("PackColumns ")))
          .hasSize(1);
      assertThat(Stream.of(plan.split("\n", -1)).filter(line -> line.contains("Pack [")))
          .hasSize(1);
    }
  }
}
