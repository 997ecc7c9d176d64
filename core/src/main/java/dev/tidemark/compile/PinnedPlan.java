package dev.tidemark.compile;

import dev.tidemark.definition.Source;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;
import org.apache.iceberg.BaseMetadataTable;
import org.apache.iceberg.Table;
import org.apache.iceberg.spark.TimeTravel;
import org.apache.iceberg.spark.source.SparkTable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.AsOfVersion;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationRef;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Range;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.files.TahoeLogFileIndex;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.InMemoryFileIndex;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/**
 * Replaces every table in an analyzed plan by itself at one state, under the same attributes, and
 * notes which state that is. A table that is met again is read at the state it was met at first.
 *
 * <p>Iceberg: the current snapshot (or the branch's, or the one asked for). Delta: the version that
 * the analyzer saw. Files: the list that Spark made when it looked for the schema, which is the
 * list that it reads.
 */
final class PinnedPlan extends AbstractPartialFunction<LogicalPlan, LogicalPlan> {

  /**
   * What one table was found to be.
   *
   * @param storage the folders or files that it consists of, URIs; none where that can't be told
   */
  record Pin(
      InputSnapshot.Kind kind,
      String location,
      String id,
      List<InputFile> files,
      List<String> storage,
      boolean isConstant) {
    /** Of rows that are written in the plan itself, so that nobody can change them meanwhile. */
    static Pin constant(String location) {
      return new Pin(InputSnapshot.Kind.UNPINNED, location, "", List.of(), List.of(), true);
    }
  }

  /** The states so far, of all plans that are to agree. */
  static final class States {
    private final Map<String, String> snapshots = new HashMap<>();
    private final Map<String, TahoeLogFileIndex> versions = new HashMap<>();
  }

  private static final Pattern SELECTOR =
      Pattern.compile("(^|[.#])(snapshot_id_|at_timestamp_|tag_)[^.#]*$");

  private final Source source;
  private final States states;
  private final @Nullable Recorded recorded;
  private final Map<String, Pin> pins = new LinkedHashMap<>();

  /**
   * @param source whose plan it is
   * @param recorded the states to read; null: those of now
   */
  PinnedPlan(Source source, States states, @Nullable Recorded recorded) {
    this.source = source;
    this.states = states;
    this.recorded = recorded;
  }

  /** What the plan reads, each table once, in the order met. */
  List<Pin> pins() {
    return List.copyOf(pins.values());
  }

  @Override
  public boolean isDefinedAt(LogicalPlan plan) {
    return plan.children().isEmpty();
  }

  @Override
  public <A extends LogicalPlan, B> B applyOrElse(A plan, scala.Function1<A, B> other) {
    if (!isDefinedAt(plan)) {
      return other.apply(plan);
    }
    @SuppressWarnings("unchecked") // transform's functions are from plan to plan
    B result = (B) pinned(plan);
    return result;
  }

  private LogicalPlan pinned(LogicalPlan leaf) {
    if (leaf instanceof DataSourceV2Relation relation
        && relation.table() instanceof SparkTable table
        && !(table.table() instanceof BaseMetadataTable)) {
      return iceberg(relation, table);
    }
    if (leaf instanceof LogicalRelation relation
        && relation.relation() instanceof HadoopFsRelation files) {
      if (files.location() instanceof TahoeLogFileIndex index) {
        return delta(relation, files, index);
      }
      if (files.location() instanceof InMemoryFileIndex index) {
        files(relation, files, index);
        return relation;
      }
    }
    if (!isConstant(leaf)) {
      add(leaf, InputSnapshot.Kind.UNPINNED, name(leaf), "");
    }
    return leaf;
  }

  private void add(LogicalPlan leaf, InputSnapshot.Kind kind, String location, String id) {
    add(leaf, kind, location, id, List.of());
  }

  private void add(
      LogicalPlan leaf,
      InputSnapshot.Kind kind,
      String location,
      String id,
      List<InputFile> files) {
    pins.putIfAbsent(
        kind + location + id, new Pin(kind, location, id, files, storage(leaf), false));
  }

  /** The folders or files of a table in a plan, URIs; none where that can't be told. */
  static List<String> storage(LogicalPlan leaf) {
    if (leaf instanceof DataSourceV2Relation relation
        && relation.table() instanceof SparkTable table) {
      return List.of(table.table().location());
    }
    if (leaf instanceof LogicalRelation relation
        && relation.relation() instanceof HadoopFsRelation files) {
      return files.location() instanceof TahoeLogFileIndex index
          ? List.of(path(index))
          : SparkPlans.list(files.location().rootPaths()).stream()
              .map(path -> path.toUri().toString())
              .toList();
    }
    return List.of();
  }

  private static boolean isConstant(LogicalPlan leaf) {
    return leaf instanceof LocalRelation
        || leaf instanceof OneRowRelation
        || leaf instanceof Range
        || leaf instanceof CTERelationRef;
  }

  private static String name(LogicalPlan leaf) {
    if (leaf instanceof DataSourceV2Relation relation) {
      return relation.table().name();
    }
    if (leaf instanceof LogicalRelation relation && relation.catalogTable().isDefined()) {
      return relation.catalogTable().get().qualifiedName();
    }
    return leaf.nodeName();
  }

  private LogicalPlan iceberg(DataSourceV2Relation relation, SparkTable table) {
    String location = table.table().name();
    if (isTimeTravel(relation)) {
      add(relation, InputSnapshot.Kind.ICEBERG, location, String.valueOf(table.snapshotId()));
      return relation;
    }
    String branch = table.branch();
    String id =
        states.snapshots.computeIfAbsent(
            location + "#" + branch,
            key ->
                recorded == null
                    ? newest(table.table(), branch)
                    : recorded.id(source, InputSnapshot.Kind.ICEBERG, location));
    add(relation, InputSnapshot.Kind.ICEBERG, location, id);
    Seq<AttributeReference> output = relation.output();
    if (id.equals(InputSnapshot.NO_SNAPSHOT)) {
      List<Attribute> attributes = new ArrayList<>(SparkPlans.list(output));
      Seq<Attribute> empty = CollectionConverters.asScala(attributes).toSeq();
      return new LocalRelation(
          empty,
          CollectionConverters.asScala(List.<InternalRow>of()).toSeq(),
          false,
          Option.empty());
    }
    return at(relation, SparkTable.create(table.table(), TimeTravel.version(id)), id);
  }

  /** Whether the definition itself asks for a state, by an option or in the table's name. */
  private static boolean isTimeTravel(DataSourceV2Relation relation) {
    return relation.timeTravelSpec().isDefined()
        || (relation.identifier().isDefined()
            && SELECTOR.matcher(relation.identifier().get().name()).find());
  }

  private static String newest(Table table, @Nullable String branch) {
    // A catalog may have answered from its cache.
    table.refresh();
    org.apache.iceberg.Snapshot snapshot =
        branch == null ? table.currentSnapshot() : table.snapshot(branch);
    return snapshot == null ? InputSnapshot.NO_SNAPSHOT : String.valueOf(snapshot.snapshotId());
  }

  /**
   * The relation at a snapshot, with the attributes that others refer to. A column that was added
   * to the table after its last snapshot is null in every row of it.
   */
  private static LogicalPlan at(DataSourceV2Relation relation, SparkTable table, String id) {
    List<String> known = Arrays.stream(table.columns()).map(Column::name).toList();
    List<AttributeReference> stored = new ArrayList<>();
    List<NamedExpression> all = new ArrayList<>();
    for (AttributeReference attribute : SparkPlans.list(relation.output())) {
      if (known.contains(attribute.name())) {
        stored.add(attribute);
        all.add(attribute);
      } else {
        all.add(
            new Alias(
                Literal.create(null, attribute.dataType()),
                attribute.name(),
                attribute.exprId(),
                attribute.qualifier(),
                Option.empty(),
                CollectionConverters.asScala(List.<String>of()).toSeq()));
      }
    }
    DataSourceV2Relation pinned =
        new DataSourceV2Relation(
            table,
            CollectionConverters.asScala(stored).toSeq(),
            relation.catalog(),
            relation.identifier(),
            relation.options(),
            Option.apply(new AsOfVersion(id)));
    return stored.size() == all.size()
        ? pinned
        : new Project(CollectionConverters.asScala(all).toSeq(), pinned);
  }

  private LogicalPlan delta(
      LogicalRelation relation, HadoopFsRelation files, TahoeLogFileIndex index) {
    Option<CatalogTable> table = relation.catalogTable();
    String location = location(relation, files);
    TahoeLogFileIndex pinned = index;
    if (!index.isTimeTravelQuery()) {
      pinned =
          states.versions.computeIfAbsent(
              location,
              key ->
                  recorded == null
                      ? at(index, index.getSnapshot())
                      : at(index, recorded.id(source, InputSnapshot.Kind.DELTA, location)));
    }
    add(relation, InputSnapshot.Kind.DELTA, location, String.valueOf(pinned.version()));
    HadoopFsRelation at =
        new HadoopFsRelation(
            pinned,
            files.partitionSchema(),
            files.dataSchema(),
            files.bucketSpec(),
            files.fileFormat(),
            files.options(),
            files.sparkSession());
    return new LogicalRelation(
        at, relation.output(), table, relation.isStreaming(), relation.stream());
  }

  private static String path(TahoeLogFileIndex index) {
    return index.path().toUri().toString();
  }

  private static TahoeLogFileIndex at(TahoeLogFileIndex index, String version) {
    LogicalPlan then =
        SparkPlans.analyzed(
            index
                .spark()
                .read()
                .format("delta")
                .option("versionAsOf", version)
                .load(index.path().toString()));
    TahoeLogFileIndex old =
        (TahoeLogFileIndex)
            ((HadoopFsRelation) ((LogicalRelation) then.collectLeaves().head()).relation())
                .location();
    return at(index, (Snapshot) old.snapshotAtAnalysis());
  }

  private static TahoeLogFileIndex at(TahoeLogFileIndex index, Snapshot snapshot) {
    return index.copy(
        index.spark(),
        index.deltaLog(),
        index.path(),
        snapshot,
        index.catalogTableOpt(),
        index.partitionFilters(),
        true);
  }

  private void files(LogicalRelation relation, HadoopFsRelation stored, InMemoryFileIndex index) {
    List<InputFile> files = listed(index);
    String id = hash(files);
    // What was a folder then is a list of files now, but goes by the same name.
    add(
        relation,
        InputSnapshot.Kind.FILES,
        recorded == null
            ? location(relation, stored)
            : recorded.sameFiles(source, id, files).location(),
        id,
        files);
  }

  /** The name of a table, or else the path or paths. */
  static String location(LogicalRelation relation, HadoopFsRelation stored) {
    if (relation.catalogTable().isDefined()) {
      return relation.catalogTable().get().qualifiedName();
    }
    return stored.location() instanceof TahoeLogFileIndex index
        ? path(index)
        : SparkPlans.list(stored.location().rootPaths()).stream()
            .map(path -> path.toUri().toString())
            .collect(Collectors.joining(","));
  }

  /** The files that an index found, by path. */
  static List<InputFile> listed(InMemoryFileIndex index) {
    List<InputFile> files = new ArrayList<>();
    for (FileStatus status : SparkPlans.list(index.allFiles())) {
      files.add(
          new InputFile(
              status.getPath().toUri().toString(),
              status.getLen(),
              Instant.ofEpochMilli(status.getModificationTime())));
    }
    files.sort(Comparator.comparing(InputFile::path));
    return files;
  }

  /** Of a sorted list. */
  static String hash(List<InputFile> files) {
    MessageDigest sha = sha256();
    for (InputFile file : files) {
      String line =
          "%s\t%d\t%d\n".formatted(file.path(), file.bytes(), file.modified().toEpochMilli());
      sha.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(sha.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
