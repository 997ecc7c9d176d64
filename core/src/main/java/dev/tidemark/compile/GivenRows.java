package dev.tidemark.compile;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.DefinitionTest;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.Source;
import dev.tidemark.definition.Transformation;
import dev.tidemark.plan.Graph;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * The rows that tests write in the place of sources and transformations, with the columns and types
 * that those have.
 *
 * <p>They are the source's own: as its {@code schema} declares them, or else as they are stored,
 * which is looked at once; no stored row is read.
 */
final class GivenRows {
  private final SparkSession session;
  private final Path root;
  private final Graph graph;
  private final Compiler compiler;
  private final PinnedSources stored = PinnedSources.current();
  private final Map<ResourceName, StructType> columns = new HashMap<>();

  GivenRows(SparkSession session, Path root, Graph graph, Compiler compiler) {
    this.session = session;
    this.root = root;
    this.graph = graph;
    this.compiler = compiler;
  }

  /** All that some rows are made from, they among it. */
  Map<ResourceName, Rows> upstream(List<Rows> reads) {
    Map<ResourceName, Rows> upstream = new LinkedHashMap<>();
    graph.upstream(reads).forEach(rows -> upstream.put(rows.ref(), rows));
    return upstream;
  }

  /**
   * The rows that a test gives, by what they are of.
   *
   * @param reads what is read directly: rows that do not say whose they are, are of the only one
   */
  Map<ResourceName, List<Row>> of(DefinitionTest test, List<Rows> reads, Problems problems) {
    Map<ResourceName, Rows> upstream = upstream(reads);
    Map<ResourceName, List<Row>> given = new LinkedHashMap<>();
    for (DefinitionTest.Given some : test.given()) {
      Rows of = whose(some, reads, upstream, problems);
      if (of != null) {
        Named zone = of.time().timeZone();
        WrittenValues values = new WrittenValues(zone == null ? null : ZoneId.of(zone.name()));
        List<Row> rows = given.computeIfAbsent(of.ref(), none -> new ArrayList<>());
        for (DefinitionTest.Cells cells : some.rows()) {
          rows.add(row(cells, columns(of), values, of.ref(), problems));
        }
      }
    }
    return given;
  }

  /** Whose rows are given, or null after saying that it can't be. */
  private static @Nullable Rows whose(
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

  /** The columns of a source or transformation, as they are stored or computed. */
  StructType columns(Rows rows) {
    StructType known = columns.get(rows.ref());
    if (known == null) {
      known = rows.match(this::stored, this::computed);
      columns.put(rows.ref(), known);
    }
    return known;
  }

  /** What a transformation makes of sources without rows. */
  private StructType computed(Transformation transformation) {
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
    SourceReader reader =
        new SourceReader(session, root, findings, new Queries(session, findings), stored);
    List<Column> declared =
        source.location().match(table -> List.of(), Location.Files::schema, query -> List.of());
    StructType columns = new StructType();
    for (Column column : declared) {
      columns = columns.add(column.name(), reader.declared(column));
    }
    if (declared.isEmpty()) {
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

  static void unknown(DefinitionTest.Cell cell, String of, StructType schema, Problems problems) {
    problems.addNearest(
        cell.origin(),
        "no column `%s` in %s".formatted(cell.column(), of),
        cell.column(),
        List.of(schema.fieldNames()));
  }

  static @Nullable Object value(
      DefinitionTest.Cell cell, DataType type, WrittenValues values, Problems problems) {
    try {
      return values.of(cell.value(), type);
    } catch (WrittenValues.NotOfType e) {
      problems.add(
          cell.origin(), "`%s` of `%s` %s".formatted(cell.value(), cell.column(), e.getMessage()));
      return null;
    }
  }
}
