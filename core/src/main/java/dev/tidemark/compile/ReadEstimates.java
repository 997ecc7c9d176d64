package dev.tidemark.compile;

import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.ReadEstimate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.iceberg.spark.source.SparkTable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.datasources.FileIndex;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.v2.BatchScanExec;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;

/**
 * How much of their sources some Datasets read, told by the scans that Spark plans for them: these
 * have asked the table formats already which files the filters leave.
 *
 * <p>What Spark's plan of a scan holds on the driver, the list of the files that it reads, is held
 * for the estimate too, one Dataset after the other.
 */
final class ReadEstimates {
  private final SparkSession session;
  private final PinnedSources pinned;
  private final List<ResourceName> sources;

  /** Of each table or list of files the widest scan: the others read some of the same files. */
  private final Map<String, ReadEstimate.Size> widest = new HashMap<>();

  /**
   * @param pinned where the sources have been read
   */
  ReadEstimates(SparkSession session, PinnedSources pinned, List<ResourceName> sources) {
    this.session = session;
    this.pinned = pinned;
    this.sources = List.copyOf(sources);
  }

  ReadEstimate of(List<Dataset<Row>> reads) {
    reads.forEach(this::scan);
    List<ReadEstimate.Of> all = new ArrayList<>();
    Set<String> counted = new LinkedHashSet<>();
    for (ResourceName source : sources) {
      Set<String> tables = new LinkedHashSet<>();
      tables(pinned.plan(source), tables);
      counted.addAll(tables);
      all.add(new ReadEstimate.Of(source, pinned.isUnpinned(source) ? null : together(tables)));
    }
    return new ReadEstimate(all, together(counted));
  }

  /** A table of which nothing has to be read has no scan. */
  private ReadEstimate.Size together(Set<String> tables) {
    return tables.stream()
        .map(table -> widest.getOrDefault(table, ReadEstimate.Size.NOTHING))
        .reduce(ReadEstimate.Size.NOTHING, ReadEstimate.Size::and);
  }

  /** The tables and lists of files that a plan reads, in subqueries too. */
  private static void tables(LogicalPlan plan, Set<String> found) {
    if (plan instanceof DataSourceV2Relation relation
        && relation.table() instanceof SparkTable table) {
      found.add(table.table().name());
    }
    if (plan instanceof LogicalRelation relation
        && relation.relation() instanceof HadoopFsRelation files) {
      found.add(paths(files.location()));
    }
    SparkPlans.list(plan.children()).forEach(child -> tables(child, found));
    subqueries(plan).forEach(query -> tables(query, found));
  }

  private static List<LogicalPlan> subqueries(LogicalPlan plan) {
    return SparkPlans.list(plan.subqueries());
  }

  private static String paths(FileIndex index) {
    return SparkPlans.list(index.rootPaths()).stream()
        .map(path -> path.toUri().toString())
        .collect(Collectors.joining(","));
  }

  private void scan(Dataset<Row> rows) {
    QueryExecution execution = ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution();
    scans(execution.sparkPlan());
    // Spark plans them apart, and later than this.
    for (LogicalPlan query : SparkPlans.list(execution.optimizedPlan().subqueriesAll())) {
      scan(SparkPlans.ofPlan(session, query));
    }
  }

  private void scans(SparkPlan plan) {
    if (plan instanceof FileSourceScanExec files) {
      add(paths(files.relation().location()), ScanSizes.of(files));
    }
    if (plan instanceof BatchScanExec batch && batch.table() instanceof SparkTable table) {
      add(table.table().name(), ScanSizes.of(batch));
    }
    SparkPlans.list(plan.children()).forEach(this::scans);
  }

  private void add(String table, ReadEstimate.Size size) {
    widest.merge(table, size, (one, other) -> other.bytes() > one.bytes() ? other : one);
  }
}
