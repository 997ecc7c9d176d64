package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.pit.Engine;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.pit.ReferenceEngine;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Interval;
import dev.tidemark.plan.NullEvidence;
import dev.tidemark.plan.NullReason;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Why each feature is null, on random rows, against a brute force that looks at every event. */
@SparkTest
class NullReasonsTest {
  private static final long HOUR = 3_600_000_000L;
  private static final Instant START = Instant.parse("2024-03-01T00:00:00Z");

  private static final String DEFINITIONS =
      """
      entities.e { keys { k = bigint, k2 = string } }
      sources.rows.v1 { table = why_spine, event-time = t }
      sources.plain.v1 { table = why_events, event-time = at }
      sources.late.v1 { table = why_events, event-time = at, available-at = loaded, tie-break = [seq] }
      sources.delayed.v1 { table = why_events, event-time = at, delay = 1h, tie-break = [seq] }
      sources.corrected.v1 {
        table = why_events, event-time = at, available-at = loaded, row-key = [id], tie-break = [seq]
        deleted-when = "op = 'D'"
      }
      sources.names.v1 { table = why_names, static = true }
      feature-views.plain.v1 {
        entity = e, source = sources.plain.v1
        features {
          p_last { value = n }
          p_sum { aggregate = "sum(n)", windows = [1h, 3h, unbounded] }
          p_some { aggregate = "max(n)", where = "n > 1", windows = [2h] }
          p_count { aggregate = "count(*)", windows = [1h] }
        }
      }
      feature-views.late.v1 {
        entity = e, source = sources.late.v1, ttl = 2h, where = "part = 'p'"
        features {
          l_last { value = n }
          l_some { value = n, where = "n > 1" }
          l_known { value = n, ignore-nulls = true }
          l_sum { aggregate = "sum(n)", windows = [2h] }
        }
      }
      feature-views.delayed.v1 {
        entity = e, source = sources.delayed.v1, ttl = 2h, as-of = exclusive
        features { d_last { value = n }, d_sum { aggregate = "sum(n)", windows = [2h] } }
      }
      feature-views.steady.v1 {
        entity = e, source = sources.delayed.v1, ttl = 2h
        features { y_last { value = n }, y_sum { aggregate = "sum(n)", windows = [2h] } }
      }
      feature-views.corrected.v1 {
        entity = e, source = sources.corrected.v1, ttl = 3h
        features { c_last { value = n }, c_sum { aggregate = "sum(n)", windows = [2h] } }
        materialize { every = 1h, start = "2024-03-01" }
      }
      feature-views.names.v1 {
        entity = e, source = sources.names.v1
        features { s_name { value = name }, s_max { aggregate = "max(name)", where = "name > 'b'", windows = [unbounded] } }
      }
      training-sets.t.v1 {
        spine { source = sources.rows.v1, entity = e, keep = [row] }
        features = [
          plain.v1, late.v1, delayed.v1, steady.v1, corrected.v1, names.v1
          { feature = late.v1.l_last, lag = 1h, as = lagged }
          { feature = steady.v1.y_last, lag = 1h, as = y_lagged }
          { view = plain.v1, keys { k = other, k2 = k2 }, prefix = role }
        ]
        derived { twice = "l_last * 2" }
      }
      """;

  private final SparkSession session;
  private final FeatureStory story;

  NullReasonsTest(SparkSession session) {
    this.session = session;
    this.story = new FeatureStory(session);
    story.define(DEFINITIONS);
  }

  /** A row of the source; the times in microseconds. */
  private record Event(
      @Nullable Long k,
      @Nullable String k2,
      @Nullable Long at,
      @Nullable Long loaded,
      @Nullable String op,
      long id,
      long seq,
      @Nullable String part,
      @Nullable Long n) {}

  private record Spine(
      long row, @Nullable Long k, @Nullable String k2, @Nullable Long other, long t) {}

  /** What decides over a feature's nulls, said once more and in other words. */
  private record Asked(
      boolean late,
      long delay,
      boolean exclusive,
      @Nullable Long span,
      boolean edge,
      long lag,
      boolean role,
      Which ofView,
      Which ofFeature) {}

  private enum Which {
    ANY,
    P,
    BIG;

    boolean has(Event event) {
      return switch (this) {
        case ANY -> true;
        case P -> Objects.equals(event.part(), "p");
        case BIG -> event.n() != null && event.n() > 1;
      };
    }
  }

  private static Map<String, Asked> asked() {
    Map<String, Asked> asked = new LinkedHashMap<>();
    for (String prefix : new String[] {"", "role_"}) {
      boolean role = !prefix.isEmpty();
      asked.put(
          prefix + "p_last",
          new Asked(false, 0, false, null, false, 0, role, Which.ANY, Which.ANY));
      asked.put(
          prefix + "p_sum_1h",
          new Asked(false, 0, false, HOUR, false, 0, role, Which.ANY, Which.ANY));
      asked.put(
          prefix + "p_sum_3h",
          new Asked(false, 0, false, 3 * HOUR, false, 0, role, Which.ANY, Which.ANY));
      asked.put(
          prefix + "p_sum_unbounded",
          new Asked(false, 0, false, null, false, 0, role, Which.ANY, Which.ANY));
      asked.put(
          prefix + "p_some_2h",
          new Asked(false, 0, false, 2 * HOUR, false, 0, role, Which.ANY, Which.BIG));
    }
    asked.put("l_last", new Asked(true, 0, false, 2 * HOUR, false, 0, false, Which.P, Which.ANY));
    asked.put("l_some", new Asked(true, 0, false, 2 * HOUR, false, 0, false, Which.P, Which.BIG));
    asked.put("l_known", new Asked(true, 0, false, 2 * HOUR, false, 0, false, Which.P, Which.ANY));
    asked.put("l_sum_2h", new Asked(true, 0, false, 2 * HOUR, false, 0, false, Which.P, Which.ANY));
    asked.put(
        "lagged", new Asked(true, 0, false, 2 * HOUR, false, HOUR, false, Which.P, Which.ANY));
    asked.put(
        "d_last", new Asked(false, HOUR, true, 2 * HOUR, false, 0, false, Which.ANY, Which.ANY));
    asked.put(
        "d_sum_2h", new Asked(false, HOUR, true, 2 * HOUR, true, 0, false, Which.ANY, Which.ANY));
    asked.put(
        "y_last", new Asked(false, HOUR, false, 2 * HOUR, false, 0, false, Which.ANY, Which.ANY));
    asked.put(
        "y_sum_2h", new Asked(false, HOUR, false, 2 * HOUR, false, 0, false, Which.ANY, Which.ANY));
    asked.put(
        "y_lagged",
        new Asked(false, HOUR, false, 2 * HOUR, false, HOUR, false, Which.ANY, Which.ANY));
    asked.put("c_last", new Asked(true, 0, false, 3 * HOUR, false, 0, false, Which.ANY, Which.ANY));
    asked.put(
        "c_sum_2h", new Asked(true, 0, false, 2 * HOUR, false, 0, false, Which.ANY, Which.ANY));
    return asked;
  }

  private static NullReason reason(Asked asked, Spine row, List<Event> events) {
    Long k = asked.role() ? row.other() : row.k();
    if (k == null || row.k2() == null) {
      return NullReason.KEY_NULL;
    }
    long asOf = row.t() - asked.lag();
    boolean any = false;
    boolean inSpan = false;
    boolean visible = false;
    for (Event event : events) {
      Long at = event.at();
      if (at == null || !k.equals(event.k()) || !row.k2().equals(event.k2())) {
        continue;
      }
      boolean happened = asked.exclusive() ? at < asOf : at <= asOf;
      if (!happened || !asked.ofView().has(event)) {
        continue;
      }
      any = true;
      Long span = asked.span();
      boolean young = span == null || (asked.edge() ? at >= asOf - span : at > asOf - span);
      if (young && asked.ofFeature().has(event)) {
        inSpan = true;
        Long loaded = event.loaded();
        visible |=
            at + asked.delay() <= asOf && (!asked.late() || (loaded != null && loaded <= asOf));
      }
    }
    if (!any) {
      return NullReason.NO_HISTORY;
    }
    return visible
        ? NullReason.NULL_AT_SOURCE
        : inSpan ? NullReason.NOT_YET_AVAILABLE : NullReason.OUTSIDE_SPAN;
  }

  private static <T> @Nullable T orNull(Random random, int oneIn, T value) {
    return random.nextInt(oneIn) == 0 ? null : value;
  }

  private static long time(Random random) {
    long start = java.time.temporal.ChronoUnit.MICROS.between(Instant.EPOCH, START);
    return start + random.nextInt(7) * HOUR + random.nextInt(3) - 1;
  }

  private static List<Event> events(Random random) {
    List<Event> events = new ArrayList<>();
    for (long i = 0; i < 400; i++) {
      long at = time(random);
      events.add(
          new Event(
              orNull(random, 12, (long) random.nextInt(40)),
              orNull(random, 12, random.nextBoolean() ? "a" : "b"),
              orNull(random, 15, at),
              orNull(random, 10, random.nextInt(3) == 0 ? at : at + random.nextInt(4) * HOUR),
              random.nextInt(4) == 0 ? "D" : "U",
              random.nextInt(60),
              i,
              orNull(random, 6, random.nextInt(3) == 0 ? "q" : "p"),
              orNull(random, 2, (long) random.nextInt(4))));
    }
    return events;
  }

  private static List<Spine> spine(Random random) {
    List<Spine> rows = new ArrayList<>();
    for (long i = 0; i < 300; i++) {
      rows.add(
          new Spine(
              i,
              orNull(random, 12, (long) random.nextInt(44)),
              orNull(random, 12, random.nextBoolean() ? "a" : "b"),
              orNull(random, 6, (long) random.nextInt(44)),
              time(random)));
    }
    return rows;
  }

  private static @Nullable Instant instant(@Nullable Long micros) {
    return micros == null ? null : Instant.EPOCH.plus(micros, java.time.temporal.ChronoUnit.MICROS);
  }

  private void view(String name, String schema, List<Row> rows) {
    session
        .createDataFrame(rows, StructType.fromDDL(schema))
        .repartition(3)
        .createOrReplaceTempView(name);
  }

  private void given(List<Spine> spine, List<Event> events) {
    view(
        "why_spine",
        "row bigint, k bigint, k2 string, other bigint, t timestamp",
        spine.stream()
            .map(
                s ->
                    RowFactory.create(
                        s.row(),
                        s.k(),
                        s.k2(),
                        s.other(),
                        java.sql.Timestamp.from(Objects.requireNonNull(instant(s.t())))))
            .toList());
    view(
        "why_events",
        "k bigint, k2 string, at timestamp, loaded timestamp, op string, id bigint, seq bigint, part string, n bigint",
        events.stream()
            .map(
                e ->
                    RowFactory.create(
                        e.k(),
                        e.k2(),
                        timestamp(e.at()),
                        timestamp(e.loaded()),
                        e.op(),
                        e.id(),
                        e.seq(),
                        e.part(),
                        e.n()))
            .toList());
    view(
        "why_names",
        "k bigint, k2 string, name string",
        List.of(
            RowFactory.create(1L, "a", "x"),
            RowFactory.create(2L, "a", null),
            RowFactory.create(3L, "a", "a")));
  }

  private static java.sql.@Nullable Timestamp timestamp(@Nullable Long micros) {
    Instant instant = instant(micros);
    return instant == null ? null : java.sql.Timestamp.from(instant);
  }

  private Compiler compiler(Graph graph, String engine) {
    session.conf().set(Engine.SETTING, engine);
    try {
      return new Compiler(session, story.folder(), graph, Engine.of(session));
    } finally {
      session.conf().unset(Engine.SETTING);
    }
  }

  private CompiledTrainingSet compiled(String engine) {
    Graph graph = Graph.of(story.project().definitions());
    Task.BuildTrainingSet task =
        Planner.build(graph, story.project().environment(), List.of("t.v1"), null)
            .tasks()
            .get(0)
            .match(build -> build, view -> null, l -> null, s -> null);
    return compiler(graph, engine).trainingSet(task.trainingSet(), null, PinnedSources.current());
  }

  @ParameterizedTest
  @ValueSource(strings = {"slots", "reference"})
  void is_what_a_brute_force_finds(String engine) {
    for (long seed = 1; seed <= (engine.equals("slots") ? 3 : 1); seed++) {
      Random random = new Random(seed);
      List<Spine> spine = spine(random);
      List<Event> events = events(random);
      given(spine, events);
      CompiledTrainingSet compiled = compiled(engine);
      Map<String, NullEvidence> evidence = new HashMap<>();
      compiled.evidence().forEach(each -> evidence.put(each.feature(), each));
      Map<String, Asked> asked = asked();
      Map<NullReason, Integer> seen = new TreeMap<>();
      for (Row row : compiled.explained().within(null).collectAsList()) {
        Spine asking = spine.get(Math.toIntExact(row.getAs("row")));
        for (Map.Entry<String, Asked> feature : asked.entrySet()) {
          if (row.getAs(feature.getKey()) == null) {
            NullEvidence why = Objects.requireNonNull(evidence.get(feature.getKey()));
            NullReason found = why.reason(row.<Long>getAs(why.evidence()));
            assertThat(found)
                .as("seed %d, %s at %s", seed, feature.getKey(), asking)
                .isEqualTo(reason(feature.getValue(), asking, events));
            seen.merge(found, 1, Integer::sum);
          }
        }
      }
      // Else it would hold because nothing was looked at.
      assertThat(seen.keySet()).isEqualTo(EnumSet.allOf(NullReason.class));
      assertThat(seen.values()).allMatch(count -> count > 20);
    }
  }

  @Test
  void of_a_static_source() {
    given(
        List.of(
            new Spine(0, 1L, "a", null, 0),
            new Spine(1, 2L, "a", null, 0),
            new Spine(2, 3L, "a", null, 0),
            new Spine(3, 4L, "a", null, 0),
            new Spine(4, null, "a", null, 0)),
        List.of());
    CompiledTrainingSet compiled = compiled("slots");
    Map<Long, List<@Nullable NullReason>> found = new TreeMap<>();
    for (Row row : compiled.explained().within(null).collectAsList()) {
      List<@Nullable NullReason> reasons = new ArrayList<>();
      for (NullEvidence why : compiled.evidence()) {
        if (Set.of("s_name", "s_max_unbounded").contains(why.feature())) {
          reasons.add(
              row.getAs(why.feature()) == null
                  ? why.reason(row.<Long>getAs(why.evidence()))
                  : null);
        }
      }
      found.put(row.getAs("row"), reasons);
    }
    assertThat(found.toString())
        .isEqualTo(
            "{0=[null, null], 1=[null_at_source, outside_span], 2=[null, outside_span], "
                + "3=[no_history, no_history], 4=[key_null, key_null]}");
  }

  @Test
  void the_table_is_the_same_whether_they_are_looked_up_or_not() {
    Random random = new Random(7);
    given(spine(random), events(random));
    Dataset<Row> plain = compiled("slots").joined().within(null);
    CompiledTrainingSet compiled = compiled("slots");
    Dataset<Row> explained = compiled.explained().within(null);
    assertThat(plain.columns())
        .noneMatch(column -> column.startsWith(EventColumns.RESERVED_PREFIX));
    assertThat(explained.columns()).startsWith(plain.columns());
    Dataset<Row> table =
        explained.drop(
            compiled.evidence().stream()
                .map(NullEvidence::evidence)
                .distinct()
                .toArray(String[]::new));
    assertThat(table.schema()).isEqualTo(plain.schema());
    assertThat(table.exceptAll(plain).count()).isZero();
    assertThat(plain.exceptAll(table).count()).isZero();
    // What is derived has no reason of its own.
    assertThat(compiled.evidence()).extracting(NullEvidence::feature).doesNotContain("twice");
  }

  @Test
  void they_can_be_switched_off() {
    given(List.of(new Spine(0, 1L, "a", null, 0)), List.of());
    session.conf().set(Compiler.NULL_REASONS, "false");
    try {
      CompiledTrainingSet compiled = compiled("slots");
      assertThat(compiled.evidence()).isEmpty();
      assertThat(compiled.explained().within(null).columns())
          .isEqualTo(compiled.joined().within(null).columns());
    } finally {
      session.conf().unset(Compiler.NULL_REASONS);
    }
  }

  @Test
  void of_the_ticks_of_a_view() {
    Random random = new Random(11);
    List<Event> events = events(random);
    given(spine(random), events);
    Graph graph = Graph.of(story.project().definitions());
    Interval interval = new Interval(START, START.plusSeconds(7 * 3600));
    Task.MaterializeInterval task =
        Planner.materialize(graph, story.project().environment(), List.of("corrected.v1"), interval)
            .tasks()
            .get(0)
            .match(build -> null, view -> view, l -> null, s -> null);
    CompiledView compiled =
        new Compiler(session, story.folder(), graph, new ReferenceEngine())
            .view(task, PinnedSources.current());
    Set<NullReason> seen = EnumSet.noneOf(NullReason.class);
    for (Row row : compiled.explained().collectAsList()) {
      Instant tick = row.<java.sql.Timestamp>getAs("event_time").toInstant();
      Spine asking =
          new Spine(
              0,
              row.getAs("k"),
              row.getAs("k2"),
              null,
              java.time.temporal.ChronoUnit.MICROS.between(Instant.EPOCH, tick));
      for (NullEvidence why : compiled.evidence()) {
        if (row.getAs(why.feature()) == null) {
          NullReason found = why.reason(row.<Long>getAs(why.evidence()));
          assertThat(found)
              .as("%s at %s", why.feature(), asking)
              .isEqualTo(
                  reason(Objects.requireNonNull(asked().get(why.feature())), asking, events));
          seen.add(found);
        }
      }
    }
    assertThat(seen).isNotEmpty().doesNotContain(NullReason.KEY_NULL, NullReason.NO_HISTORY);
  }
}
