package dev.tidemark.compile;

import dev.tidemark.plan.FileChanges;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.hadoop.fs.Path;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.spark.source.SparkTable;
import org.apache.iceberg.util.SnapshotUtil;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.RemoveFile;
import org.apache.spark.sql.delta.files.TahoeLogFileIndex;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.InMemoryFileIndex;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.NoopCache$;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import scala.Option;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/**
 * Replaces every table in a pinned plan by the rows that it got since an earlier state, under the
 * same attributes; a table that is as it was, by none.
 *
 * <p>Iceberg tells by its snapshots, Delta by its log, files by their list. Where rows were changed
 * or taken away, or the earlier state is forgotten, it can't be told. What is held on the driver is
 * bounded by what came since: of Delta no more than {@value #MOST_FILES} files.
 */
final class AddedRows extends AbstractPartialFunction<LogicalPlan, LogicalPlan> {

  /** More than these come to no table in passing: whoever wrote them redid it. */
  private static final int MOST_FILES = 50_000;

  /** It can't be told, and why. */
  static final class UntoldException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UntoldException(String why) {
      super(why);
    }
  }

  private final SparkSession session;
  private final Map<String, InputSnapshot> before = new HashMap<>();
  private final BiFunction<InputSnapshot, List<InputFile>, Optional<FileChanges>> files;

  /**
   * @param before the earlier states
   * @param files in what a list of files differs from an earlier one, by its state
   */
  AddedRows(
      SparkSession session,
      List<InputSnapshot> before,
      BiFunction<InputSnapshot, List<InputFile>, Optional<FileChanges>> files) {
    this.session = session;
    this.files = files;
    before.forEach(input -> this.before.put(input.kind() + input.location(), input));
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
    B result = (B) added(plan);
    return result;
  }

  private LogicalPlan added(LogicalPlan leaf) {
    if (leaf instanceof DataSourceV2Relation relation
        && relation.table() instanceof SparkTable table) {
      String location = table.table().name();
      String then = before(InputSnapshot.Kind.ICEBERG, location).id();
      return then.equals(String.valueOf(table.snapshotId()))
          ? none(leaf)
          : iceberg(leaf, table, then);
    }
    if (leaf instanceof LogicalRelation relation
        && relation.relation() instanceof HadoopFsRelation stored) {
      String location = PinnedPlan.location(relation, stored);
      if (stored.location() instanceof TahoeLogFileIndex index) {
        long then = Long.parseLong(before(InputSnapshot.Kind.DELTA, location).id());
        return then == index.version() ? none(leaf) : delta(leaf, index, then, location);
      }
      if (stored.location() instanceof InMemoryFileIndex index) {
        return files(relation, stored, index, before(InputSnapshot.Kind.FILES, location));
      }
    }
    // What is written in the definitions themselves, or can't be told: both are as they were.
    return none(leaf);
  }

  private InputSnapshot before(InputSnapshot.Kind kind, String location) {
    InputSnapshot input = before.get(kind + location);
    if (input == null) {
      throw new UntoldException(location + " was not read then");
    }
    return input;
  }

  private static LogicalPlan none(LogicalPlan leaf) {
    return new LocalRelation(
        leaf.output(),
        CollectionConverters.asScala(List.<InternalRow>of()).toSeq(),
        false,
        Option.empty());
  }

  /** Rows in a leaf's place: its attributes, by their names. */
  private static LogicalPlan inPlaceOf(LogicalPlan leaf, Dataset<Row> rows) {
    LogicalPlan plan = SparkPlans.analyzed(rows);
    Map<String, Attribute> found = new HashMap<>();
    SparkPlans.list(plan.output()).forEach(attribute -> found.put(attribute.name(), attribute));
    List<NamedExpression> all = new ArrayList<>();
    for (Attribute attribute : SparkPlans.list(leaf.output())) {
      Attribute added = found.get(attribute.name());
      if (added == null || !added.dataType().equals(attribute.dataType())) {
        throw new UntoldException("its columns have changed");
      }
      all.add(
          new Alias(
              added,
              attribute.name(),
              attribute.exprId(),
              attribute.qualifier(),
              Option.empty(),
              CollectionConverters.asScala(List.<String>of()).toSeq()));
    }
    return new Project(CollectionConverters.asScala(all).toSeq(), plan);
  }

  private LogicalPlan iceberg(LogicalPlan leaf, SparkTable table, String then) {
    Table stored = table.table();
    String name = stored.name();
    boolean known = then.equals(InputSnapshot.NO_SNAPSHOT);
    for (Snapshot snapshot : SnapshotUtil.ancestorsOf(table.snapshotId(), stored::snapshot)) {
      if (String.valueOf(snapshot.snapshotId()).equals(then)) {
        known = true;
        break;
      }
      if (!snapshot.operation().equals(DataOperations.APPEND)
          && !snapshot.operation().equals(DataOperations.REPLACE)) {
        throw new UntoldException("rows of %s were changed or taken away".formatted(name));
      }
    }
    if (!known) {
      throw new UntoldException("snapshot %s of %s is forgotten".formatted(then, name));
    }
    if (then.equals(InputSnapshot.NO_SNAPSHOT)) {
      return leaf;
    }
    return inPlaceOf(
        leaf,
        session
            .read()
            .format("iceberg")
            .option("start-snapshot-id", then)
            .option("end-snapshot-id", String.valueOf(table.snapshotId()))
            .load(name));
  }

  private static LogicalPlan delta(
      LogicalPlan leaf, TahoeLogFileIndex index, long then, String location) {
    List<AddFile> added = new ArrayList<>();
    long next = then + 1;
    Iterator<Tuple2<Object, Seq<Action>>> changes =
        index.deltaLog().getChanges(next, index.version(), Option.empty(), false);
    while (changes.hasNext()) {
      Tuple2<Object, Seq<Action>> change = changes.next();
      if (next++ != (Long) change._1()) {
        throw new UntoldException("version %d of %s is forgotten".formatted(next, location));
      }
      for (Action action : CollectionConverters.asJava(change._2())) {
        if (action instanceof RemoveFile removed && removed.dataChange()) {
          throw new UntoldException("rows of %s were changed or taken away".formatted(location));
        }
        if (action instanceof AddFile file && file.dataChange()) {
          if (added.size() == MOST_FILES) {
            throw new UntoldException(
                "more than %,d files came to %s".formatted(MOST_FILES, location));
          }
          added.add(file);
        }
      }
    }
    if (next != index.version() + 1) {
      throw new UntoldException("version %d of %s is forgotten".formatted(then, location));
    }
    return inPlaceOf(
        leaf,
        index
            .deltaLog()
            .createDataFrame(
                index.getSnapshot(),
                CollectionConverters.asScala(added).toSeq(),
                false,
                Option.empty()));
  }

  private LogicalPlan files(
      LogicalRelation relation,
      HadoopFsRelation stored,
      InMemoryFileIndex index,
      InputSnapshot then) {
    List<InputFile> now = PinnedPlan.listed(index);
    if (PinnedPlan.hash(now).equals(then.id())) {
      return none(relation);
    }
    String location = then.location();
    FileChanges changes =
        files
            .apply(then, now)
            .orElseThrow(
                () ->
                    new UntoldException("which files %s had is not recorded".formatted(location)));
    if (changes.taken()) {
      throw new UntoldException("files of %s were changed or taken away".formatted(location));
    }
    List<Path> paths =
        changes.added().stream().map(file -> new Path(URI.create(file.path()))).toList();
    InMemoryFileIndex only =
        new InMemoryFileIndex(
            session,
            CollectionConverters.asScala(paths).toSeq(),
            stored.options(),
            Option.empty(),
            NoopCache$.MODULE$,
            Option.apply(index.partitionSpec()),
            Option.empty());
    return new LogicalRelation(
        new HadoopFsRelation(
            only,
            stored.partitionSchema(),
            stored.dataSchema(),
            stored.bucketSpec(),
            stored.fileFormat(),
            stored.options(),
            stored.sparkSession()),
        relation.output(),
        relation.catalogTable(),
        false,
        Option.empty());
  }
}
