package dev.tidemark.compile;

import static dev.tidemark.plan.ResolvedTrainingSet.EVENT_TIME;

import dev.tidemark.definition.About;
import dev.tidemark.definition.Column;
import dev.tidemark.definition.DefinitionTest;
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
import dev.tidemark.plan.BoundKey;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Task;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * <p>Columns and types are the source's own: as its {@code schema} declares them, or else as they
 * are stored, which is looked at once; no stored row is read.
 */
public final class TestCompiler {
  private static final ResourceName ASKED = new ResourceName(Kind.SOURCE, "expect", "v1");

  private final SparkSession session;
  private final Graph graph;
  private final Path root;
  private final Compiler compiler;
  private final PinnedSources stored = PinnedSources.current();
  private final Map<ResourceName, StructType> columns = new HashMap<>();

  /**
   * @param root relative paths of sources are relative to it
   * @param compiler of the same project
   */
  public TestCompiler(SparkSession session, Path root, Graph graph, Compiler compiler) {
    this.session = session;
    this.root = root;
    this.graph = graph;
    this.compiler = compiler;
  }

  /**
   * Compiles a test.
   *
   * @throws dev.tidemark.definition.DefinitionException for rows that are not as the source or the
   *     result is, and for mistakes in what is tested
   * @throws InputNotReadyException if the columns of a source are not known, since it is not there
   */
  public CompiledTest compile(DefinitionTest test) {
    ResolvedView view = graph.views().get(test.of().to());
    return view == null ? ofTrainingSet(test) : ofView(test, view);
  }

  private CompiledTest ofTrainingSet(DefinitionTest test) {
    ResolvedTrainingSet set = graph.trainingSets().get(test.of().to());
    if (set == null) {
      throw new IllegalStateException("not resolved: " + test.of());
    }
    Task.BuildTrainingSet task = new Task.BuildTrainingSet(set, null, List.of());
    PinnedSources sources = PinnedSources.given(given(test, task.reads()));
    Instant asOf = compiler.asOf(task, sources);
    Dataset<Row> rows = compiler.trainingSet(set, asOf, sources).joined().within(null);
    List<String> keys = new ArrayList<>(set.keys().stream().map(key -> key.key().name()).toList());
    keys.add(EVENT_TIME);
    return compiled(test, rows, keys);
  }

  private CompiledTest ofView(DefinitionTest test, ResolvedView view) {
    Map<ResourceName, Dataset<Row>> rows = new HashMap<>(given(test, view.sources()));
    List<String> keys = new ArrayList<>(view.entity().keys().stream().map(Column::name).toList());
    keys.add(EVENT_TIME);
    rows.put(ASKED, asked(test, view));
    Dataset<Row> joined =
        compiler
            .trainingSet(lookedUp(test, view), null, PinnedSources.given(rows))
            .joined()
            .within(null);
    return compiled(test, joined, keys);
  }

  /** The keys and times of the expected rows, each once. */
  private Dataset<Row> asked(DefinitionTest test, ResolvedView view) {
    Problems problems = new Problems();
    StructType schema = new StructType();
    for (Column key : view.entity().keys()) {
      schema =
          schema.add(key.name(), new KeyTypes(problems).declared(key).orElse(DataTypes.StringType));
    }
    problems.throwIfAny();
    schema = schema.add(EVENT_TIME, DataTypes.TimestampType);
    WrittenValues values = new WrittenValues(ZoneOffset.UTC);
    Set<Row> rows = new LinkedHashSet<>();
    for (DefinitionTest.Cells cells : test.expect()) {
      @Nullable Object[] row = new @Nullable Object[schema.size()];
      for (int i = 0; i < row.length; i++) {
        StructField field = schema.fields()[i];
        DefinitionTest.Cell cell = key(cells, field.name(), problems);
        row[i] = cell == null ? null : value(cell, field.dataType(), values, problems);
      }
      rows.add(RowFactory.create(row));
    }
    problems.throwIfAny();
    return session.createDataFrame(List.copyOf(rows), schema);
  }

  /** A training set of nothing but the view. */
  private static ResolvedTrainingSet lookedUp(DefinitionTest test, ResolvedView resolved) {
    FeatureView view = resolved.view();
    Origin origin = test.origin();
    List<Column> keys = resolved.entity().keys();
    List<Named> entity = List.of(view.entity());
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
            new Reference(view.ref(), test.of().origin()),
            null,
            null,
            null,
            List.of(),
            null,
            false,
            origin);
    TrainingSet set =
        new TrainingSet(
            new ResourceName(Kind.TRAINING_SET, view.ref().name(), view.ref().variant()),
            null,
            new Spine(new Reference(ASKED, origin), entity, List.of(), null, List.of(), origin),
            List.of(selection),
            List.of(),
            List.of(),
            null,
            List.of(),
            About.NOTHING,
            origin);
    List<String> columns = new ArrayList<>(keys.stream().map(Column::name).toList());
    columns.add(EVENT_TIME);
    columns.addAll(view.columns());
    return new ResolvedTrainingSet(
        set,
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

  /**
   * The rows of all sources that some rows are made from, and those of transformations that are
   * given themselves.
   *
   * @param reads what is read directly: rows that do not say whose they are, are of the only one
   */
  private Map<ResourceName, Dataset<Row>> given(DefinitionTest test, List<Rows> reads) {
    Problems problems = new Problems();
    Map<ResourceName, Rows> upstream = new LinkedHashMap<>();
    graph.upstream(reads).forEach(rows -> upstream.put(rows.ref(), rows));
    Map<ResourceName, List<Row>> given = new LinkedHashMap<>();
    for (DefinitionTest.Given some : test.given()) {
      Rows of = of(some, reads, upstream, problems);
      if (of != null) {
        Named zone = of.time().timeZone();
        WrittenValues values = new WrittenValues(zone == null ? null : ZoneId.of(zone.name()));
        List<Row> rows = given.computeIfAbsent(of.ref(), none -> new ArrayList<>());
        for (DefinitionTest.Cells cells : some.rows()) {
          rows.add(row(cells, columns(of), values, of.ref(), problems));
        }
      }
    }
    problems.throwIfAny();
    Map<ResourceName, Dataset<Row>> rows = new LinkedHashMap<>();
    upstream.forEach(
        (name, of) -> {
          if (name.kind() == Kind.SOURCE || given.containsKey(name)) {
            rows.put(
                name, session.createDataFrame(given.getOrDefault(name, List.of()), columns(of)));
          }
        });
    return rows;
  }

  /** Whose rows are given, or null after saying that it can't be. */
  private static @Nullable Rows of(
      DefinitionTest.Given given,
      List<Rows> reads,
      Map<ResourceName, Rows> upstream,
      Problems problems) {
    Reference named = given.of();
    if (named != null) {
      Rows found = upstream.get(named.to());
      if (found == null) {
        problems.addNearest(
            named.origin(),
            "%s is not read by what is tested".formatted(named),
            named.to().toString(),
            upstream.keySet().stream().map(ResourceName::toString).toList());
      }
      return found;
    }
    if (reads.size() == 1) {
      return reads.get(0);
    }
    problems.add(
        given.origin(),
        "whose rows are these? What is tested reads %s"
            .formatted(String.join(", ", reads.stream().map(Rows::id).toList())),
        "given { %s = [{ ... }] }".formatted(reads.get(0).id()));
    return null;
  }

  private StructType columns(Rows rows) {
    StructType known = columns.get(rows.ref());
    if (known == null) {
      known = rows.match(this::stored, this::computed);
      columns.put(rows.ref(), known);
    }
    return known;
  }

  /** What a transformation makes of sources without rows. */
  private StructType computed(dev.tidemark.definition.Transformation transformation) {
    Map<ResourceName, Dataset<Row>> none = new LinkedHashMap<>();
    for (Rows rows : graph.upstream(List.of(transformation))) {
      if (rows.ref().kind() == Kind.SOURCE) {
        none.put(rows.ref(), session.createDataFrame(List.of(), columns(rows)));
      }
    }
    return compiler.columns(transformation, PinnedSources.given(none));
  }

  private StructType stored(Source source) {
    Findings findings = new Findings();
    List<Column> declared =
        source.location().match(table -> List.of(), Location.Files::schema, query -> List.of());
    StructType columns = new StructType();
    for (Column column : declared) {
      try {
        columns = columns.add(column.name(), DataType.fromDDL(column.type()));
      } catch (Exception e) {
        // The parser's own words are about SQL statements.
        findings
            .mistakes()
            .add(column.origin(), "`%s` is no type of Spark SQL".formatted(column.type()));
      }
    }
    if (declared.isEmpty()) {
      SourceReader reader =
          new SourceReader(session, root, findings, new Queries(session, findings), stored);
      columns = reader.read(source).map(Dataset::schema).orElse(columns);
    }
    findings.throwIfAny();
    return columns;
  }

  /** A row of a source; columns that are not written are null. */
  private static Row row(
      DefinitionTest.Cells cells,
      StructType schema,
      WrittenValues values,
      ResourceName source,
      Problems problems) {
    @Nullable Object[] row = new @Nullable Object[schema.size()];
    for (int i = 0; i < row.length; i++) {
      StructField field = schema.fields()[i];
      DefinitionTest.Cell cell = cells.cell(field.name()).orElse(null);
      row[i] = cell == null ? null : value(cell, field.dataType(), values, problems);
    }
    for (DefinitionTest.Cell cell : cells.cells()) {
      if (Arrays.stream(schema.fieldNames()).noneMatch(cell.column()::equalsIgnoreCase)) {
        unknown(cell, source.toString(), schema, problems);
      }
    }
    return RowFactory.create(row);
  }

  private static void unknown(
      DefinitionTest.Cell cell, String of, StructType schema, Problems problems) {
    problems.addNearest(
        cell.origin(),
        "no column `%s` in %s".formatted(cell.column(), of),
        cell.column(),
        List.of(schema.fieldNames()));
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

  private static @Nullable Object value(
      DefinitionTest.Cell cell, DataType type, WrittenValues values, Problems problems) {
    try {
      return values.of(cell.value(), type);
    } catch (WrittenValues.NotOfType e) {
      problems.add(
          cell.origin(), "`%s` of `%s` %s".formatted(cell.value(), cell.column(), e.getMessage()));
      return null;
    }
  }

  private static CompiledTest compiled(DefinitionTest test, Dataset<Row> rows, List<String> keys) {
    Problems problems = new Problems();
    WrittenValues values = new WrittenValues(ZoneOffset.UTC);
    List<Map<String, @Nullable Object>> expected = new ArrayList<>();
    for (DefinitionTest.Cells cells : test.expect()) {
      Map<String, @Nullable Object> row = new LinkedHashMap<>();
      for (DefinitionTest.Cell cell : cells.cells()) {
        String name = cell.column().equals(DefinitionTest.AS_OF) ? EVENT_TIME : cell.column();
        StructField field =
            Arrays.stream(rows.schema().fields())
                .filter(column -> column.name().equalsIgnoreCase(name))
                .findFirst()
                .orElse(null);
        if (field == null) {
          unknown(cell, test.of().toString(), rows.schema(), problems);
        } else {
          row.put(field.name(), value(cell, field.dataType(), values, problems));
        }
      }
      keys.forEach(key -> key(cells, key, problems));
      expected.add(row);
    }
    problems.throwIfAny();
    return new CompiledTest(rows, keys, expected);
  }
}
