package dev.tidemark.compile;

import static dev.tidemark.plan.ResolvedTrainingSet.EVENT_TIME;

import dev.tidemark.definition.About;
import dev.tidemark.definition.Column;
import dev.tidemark.definition.DefinitionTest;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Selection;
import dev.tidemark.definition.Source;
import dev.tidemark.definition.Spine;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.TimeRules;
import dev.tidemark.definition.TrainingSet;
import dev.tidemark.definition.Transformation;
import dev.tidemark.plan.BoundKey;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Task;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Makes Datasets of tests: the definition that is tested, just as it is, over the rows that the
 * test gives in the place of its sources. A view is looked up for the keys and times of the
 * expected rows, as a training set would.
 *
 * <p>All methods throw {@link dev.tidemark.definition.DefinitionException} for rows that are not as
 * the source or the result is, and for mistakes in what is tested, and {@link
 * InputNotReadyException} if the columns of a source are not known, since it is not there.
 */
public final class TestCompiler {
  /** The key that keeps tests apart that are computed at once: their numbers, from 0. */
  public static final String NUMBER = "tidemark_test_number";

  private static final ResourceName ASKED = new ResourceName(Kind.SOURCE, "expect", "v1");

  private final SparkSession session;
  private final Graph graph;
  private final Compiler compiler;
  private final GivenRows given;

  /**
   * @param root relative paths of sources are relative to it
   * @param compiler of the same project
   */
  public TestCompiler(SparkSession session, Path root, Graph graph, Compiler compiler) {
    this.session = session;
    this.graph = graph;
    this.compiler = compiler;
    this.given = new GivenRows(session, root, graph, compiler);
  }

  /**
   * A test with its values as Spark takes them.
   *
   * @param given rows of sources and transformations, by their columns
   * @param asked keys and time of each expected row of a view
   */
  public record Written(DefinitionTest test, Map<ResourceName, List<Row>> given, List<Row> asked) {
    public Written {
      given = Collections.unmodifiableMap(new LinkedHashMap<>(given));
      asked = List.copyOf(asked);
    }
  }

  /** Reads the rows that a test gives, and the keys that it asks for. */
  public Written read(DefinitionTest test) {
    Problems problems = new Problems();
    ResolvedView view = graph.views().get(test.of().to());
    List<Row> asked = view == null ? List.of() : asked(test, view, problems);
    Map<ResourceName, List<Row>> rows = given.of(test, reads(test), problems);
    problems.throwIfAny();
    return new Written(test, rows, asked);
  }

  /**
   * Whether a test can be computed together with others of its view: if it gives rows of nothing
   * that is computed further. Keys never see each other's rows, so tests with keys of their own
   * don't.
   */
  public boolean standsAlone(Written test) {
    ResolvedView view = graph.views().get(test.test().of().to());
    return view != null
        && view.sources().stream()
            .allMatch(
                rows -> rows.ref().kind() == Kind.SOURCE || test.given().containsKey(rows.ref()));
  }

  /** What the given rows make: the columns of the training set, or of one that has the view. */
  public Dataset<Row> rows(Written test) {
    ResolvedTrainingSet set = graph.trainingSets().get(test.test().of().to());
    if (set == null) {
      return rows(List.of(test), view(test), false);
    }
    Map<ResourceName, Dataset<Row>> rows = new LinkedHashMap<>();
    Task.BuildTrainingSet task = new Task.BuildTrainingSet(set, null, List.of());
    for (Rows of : given.upstream(task.reads()).values()) {
      if (of.ref().kind() == Kind.SOURCE || test.given().containsKey(of.ref())) {
        List<Row> some = test.given().getOrDefault(of.ref(), List.of());
        rows.put(of.ref(), session.createDataFrame(some, given.columns(of)));
      }
    }
    PinnedSources sources = PinnedSources.given(rows);
    Instant asOf = compiler.asOf(task, sources);
    return compiler.trainingSet(set, asOf, sources).joined().within(null);
  }

  /**
   * The same of several tests of one view, all of which {@link #standsAlone stand alone}.
   *
   * @return before the other columns {@link #NUMBER}: the place of the test in the list
   */
  public Dataset<Row> rows(List<Written> tests) {
    return rows(tests, numbered(view(tests.get(0))), true);
  }

  private ResolvedView view(Written test) {
    ResolvedView view = graph.views().get(test.test().of().to());
    if (view == null) {
      throw new IllegalStateException("not resolved: " + test.test().of());
    }
    return view;
  }

  private Dataset<Row> rows(List<Written> tests, ResolvedView view, boolean numbered) {
    Map<ResourceName, Dataset<Row>> rows = new HashMap<>();
    for (Rows of : given.upstream(view.sources()).values()) {
      boolean some = tests.stream().anyMatch(test -> test.given().containsKey(of.ref()));
      if (of.ref().kind() == Kind.SOURCE || some) {
        StructType columns = given.columns(of);
        StructType schema = numbered ? numbered(columns) : columns;
        rows.put(
            of.ref(),
            session.createDataFrame(
                all(tests, test -> test.given().getOrDefault(of.ref(), List.of()), numbered),
                schema));
      }
    }
    StructType keys = new StructType();
    Findings findings = new Findings();
    for (Column key : view.entity().keys()) {
      keys =
          keys.add(
              key.name(),
              new KeyTypes(findings.mistakes()).declared(key).orElse(DataTypes.StringType));
    }
    findings.throwIfAny();
    keys = keys.add(EVENT_TIME, DataTypes.TimestampType);
    rows.put(ASKED, session.createDataFrame(all(tests, Written::asked, numbered), keys));
    return compiler
        .trainingSet(lookedUp(view), null, PinnedSources.given(rows))
        .joined()
        .within(null);
  }

  private static List<Row> all(
      List<Written> tests, Function<Written, List<Row>> rows, boolean numbered) {
    List<Row> all = new ArrayList<>();
    for (int i = 0; i < tests.size(); i++) {
      for (Row row : rows.apply(tests.get(i))) {
        all.add(numbered ? numbered(i, row) : row);
      }
    }
    return all;
  }

  private static Row numbered(int number, Row row) {
    @Nullable Object[] values = new @Nullable Object[row.size() + 1];
    values[0] = number;
    for (int i = 0; i < row.size(); i++) {
      values[i + 1] = row.get(i);
    }
    return RowFactory.create(values);
  }

  private static StructType numbered(StructType schema) {
    StructType numbered = new StructType().add(NUMBER, DataTypes.IntegerType);
    for (StructField field : schema.fields()) {
      numbered = numbered.add(field);
    }
    return numbered;
  }

  /** A view whose first key is the number of the test; corrections stay within a test as well. */
  private static ResolvedView numbered(ResolvedView view) {
    Entity entity = view.entity();
    Column number = new Column(NUMBER, "int", entity.origin());
    Named column = new Named(NUMBER, entity.origin());
    List<Column> keys = new ArrayList<>(List.of(number));
    keys.addAll(entity.keys());
    List<BoundKey> bound = new ArrayList<>(List.of(new BoundKey(number, column)));
    bound.addAll(view.keys());
    return new ResolvedView(
        view.view(),
        new Entity(entity.name(), keys, entity.about(), entity.origin()),
        view.sources().stream().map(rows -> numbered(rows, column)).toList(),
        bound,
        view.fingerprint());
  }

  private static Rows numbered(Rows rows, Named column) {
    TimeRules time = rows.time();
    if (time.rowKey().isEmpty()) {
      return rows;
    }
    List<Named> rowKey = new ArrayList<>(List.of(column));
    rowKey.addAll(time.rowKey());
    TimeRules numbered =
        new TimeRules(
            time.isStatic(),
            time.eventTime(),
            time.availableAt(),
            time.delay(),
            time.timeZone(),
            time.tieBreak(),
            time.deletedWhen(),
            rowKey);
    return rows.match(
        source ->
            new Source(
                source.ref(),
                source.location(),
                numbered,
                source.columns(),
                source.ready(),
                source.about(),
                source.origin()),
        transformation ->
            new Transformation(
                transformation.ref(),
                transformation.inputs(),
                transformation.body(),
                numbered,
                transformation.columns(),
                transformation.about(),
                transformation.origin()));
  }

  /** The columns by which rows are told apart: the entities' keys and the event time. */
  public List<String> keys(DefinitionTest test) {
    ResolvedTrainingSet set = graph.trainingSets().get(test.of().to());
    ResolvedView view = graph.views().get(test.of().to());
    List<String> keys = new ArrayList<>();
    if (set != null) {
      set.keys().forEach(key -> keys.add(key.key().name()));
    } else if (view != null) {
      view.entity().keys().forEach(key -> keys.add(key.name()));
    }
    keys.add(EVENT_TIME);
    return keys;
  }

  /**
   * The expected rows: the values of keys and time, and of whatever other columns are named. Each
   * is of the column's type, as {@link Row} has it: instants, local dates, and what is nested as a
   * list, map or row.
   *
   * @param result the columns that the test computes
   */
  public List<Map<String, @Nullable Object>> expected(DefinitionTest test, StructType result) {
    Problems problems = new Problems();
    WrittenValues values = new WrittenValues(ZoneOffset.UTC);
    List<Map<String, @Nullable Object>> expected = new ArrayList<>();
    for (DefinitionTest.Cells cells : test.expect()) {
      Map<String, @Nullable Object> row = new LinkedHashMap<>();
      for (DefinitionTest.Cell cell : cells.cells()) {
        String name = cell.column().equals(DefinitionTest.AS_OF) ? EVENT_TIME : cell.column();
        StructField field =
            Arrays.stream(result.fields())
                .filter(column -> column.name().equalsIgnoreCase(name))
                .filter(column -> !column.name().equals(NUMBER))
                .findFirst()
                .orElse(null);
        if (field == null) {
          GivenRows.unknown(cell, test.of().toString(), result, problems);
        } else {
          row.put(field.name(), GivenRows.value(cell, field.dataType(), values, problems));
        }
      }
      keys(test).forEach(key -> key(cells, key, problems));
      expected.add(row);
    }
    problems.throwIfAny();
    return expected;
  }

  private static List<Row> asked(DefinitionTest test, ResolvedView view, Problems problems) {
    WrittenValues values = new WrittenValues(ZoneOffset.UTC);
    List<Row> rows = new ArrayList<>();
    for (DefinitionTest.Cells cells : test.expect()) {
      List<@Nullable Object> row = new ArrayList<>();
      for (Column key : view.entity().keys()) {
        DataType type = new KeyTypes(problems).declared(key).orElse(DataTypes.StringType);
        row.add(key(cells, key.name(), type, values, problems));
      }
      row.add(key(cells, EVENT_TIME, DataTypes.TimestampType, values, problems));
      rows.add(RowFactory.create(row.toArray()));
    }
    return rows;
  }

  private static @Nullable Object key(
      DefinitionTest.Cells cells,
      String key,
      DataType type,
      WrittenValues values,
      Problems problems) {
    DefinitionTest.Cell cell = key(cells, key, problems);
    return cell == null ? null : GivenRows.value(cell, type, values, problems);
  }

  /** A training set of nothing but a view. */
  private static ResolvedTrainingSet lookedUp(ResolvedView resolved) {
    FeatureView view = resolved.view();
    Origin origin = view.origin();
    List<Column> keys = resolved.entity().keys();
    Source asked =
        new Source(
            ASKED,
            new Location.Query(new Sql(ASKED.toString(), origin, false)),
            new TimeRules(
                false,
                new Sql(EVENT_TIME, origin, false),
                null,
                null,
                null,
                List.of(),
                null,
                List.of()),
            List.of(),
            null,
            About.NOTHING,
            origin);
    Selection selection =
        new Selection(
            new Reference(view.ref(), origin), null, null, null, List.of(), null, false, origin);
    List<String> columns = new ArrayList<>(keys.stream().map(Column::name).toList());
    columns.add(EVENT_TIME);
    columns.addAll(view.columns());
    return new ResolvedTrainingSet(
        new TrainingSet(
            new ResourceName(Kind.TRAINING_SET, view.ref().name(), view.ref().variant()),
            null,
            new Spine(
                new Reference(ASKED, origin),
                List.of(view.entity()),
                List.of(),
                null,
                List.of(),
                origin),
            List.of(selection),
            List.of(),
            List.of(),
            null,
            List.of(),
            About.NOTHING,
            origin),
        List.of(resolved.entity()),
        asked,
        keys.stream().map(key -> new BoundKey(key, new Named(key.name(), origin))).toList(),
        null,
        List.of(),
        null,
        null,
        null,
        List.of(
            new ResolvedSelection(
                selection,
                resolved,
                keys.stream()
                    .map(key -> new ResolvedSelection.SpineColumn(key.name(), false))
                    .toList(),
                view.columns().stream()
                    .map(column -> new ResolvedSelection.Taken(column, column))
                    .toList(),
                false)),
        columns,
        resolved.fingerprint());
  }

  /** What a test reads: rows that do not say whose they are, are of the only one of these. */
  private List<Rows> reads(DefinitionTest test) {
    ResolvedTrainingSet set = graph.trainingSets().get(test.of().to());
    if (set != null) {
      return new Task.BuildTrainingSet(set, null, List.of()).reads();
    }
    ResolvedView view = graph.views().get(test.of().to());
    return view == null ? List.of() : view.sources();
  }

  /** The cell of a key or of the time, or null after saying that there must be one. */
  private static DefinitionTest.@Nullable Cell key(
      DefinitionTest.Cells cells, String key, Problems problems) {
    boolean time = key.equals(EVENT_TIME);
    DefinitionTest.Cell cell =
        cells.cell(time ? DefinitionTest.AS_OF : key).or(() -> cells.cell(key)).orElse(null);
    if (cell == null) {
      problems.add(
          cells.origin(),
          "an expected row needs `%s`".formatted(time ? DefinitionTest.AS_OF : key),
          time
              ? "the instant that it is expected as of, such as as-of = \"2024-03-02T00:00:00Z\""
              : "the keys say whose features are expected");
    }
    return cell;
  }
}
