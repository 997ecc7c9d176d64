package dev.tidemark.compile;

import dev.tidemark.definition.ResourceName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.spark.source.SparkTable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.delta.files.TahoeFileIndex;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.RowDataSourceScanExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.datasources.FileIndex;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.v2.BatchScanExec;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.jspecify.annotations.Nullable;

/** Which source a scan of an executed plan reads. */
public final class SourceScans {
  private final Map<Object, ResourceName> byTable;

  private SourceScans(Map<Object, ResourceName> byTable) {
    this.byTable = byTable;
  }

  /**
   * Of sources that have been read. Of several that are the same table, the first counts as read.
   */
  public static SourceScans of(PinnedSources sources, List<ResourceName> names) {
    Map<Object, ResourceName> byTable = new HashMap<>();
    for (ResourceName name : names) {
      for (LogicalPlan leaf : SparkPlans.list(sources.plan(name).collectLeaves())) {
        Object table = table(leaf);
        if (table != null) {
          byTable.putIfAbsent(table, name);
        }
      }
    }
    return new SourceScans(Map.copyOf(byTable));
  }

  /** Nothing if the operator scans no table, or one that is no source. */
  public Optional<ResourceName> of(SparkPlan operator) {
    Object table = table(operator);
    return table == null ? Optional.empty() : Optional.ofNullable(byTable.get(table));
  }

  private static @Nullable Object table(LogicalPlan leaf) {
    if (leaf instanceof DataSourceV2Relation relation) {
      return table(relation.table());
    }
    if (leaf instanceof LogicalRelation relation) {
      return relation.relation() instanceof HadoopFsRelation files
          ? table(files.location())
          : relation.relation();
    }
    return null;
  }

  private static @Nullable Object table(SparkPlan operator) {
    if (operator instanceof BatchScanExec scan) {
      return table(scan.table());
    }
    if (operator instanceof FileSourceScanExec scan) {
      return table(scan.relation().location());
    }
    return operator instanceof RowDataSourceScanExec scan ? scan.relation() : null;
  }

  private static Object table(Table table) {
    return table instanceof SparkTable iceberg ? iceberg.table().name() : table.name();
  }

  private static Object table(FileIndex index) {
    return index instanceof TahoeFileIndex delta
        ? delta.path().toUri().toString()
        : SparkPlans.list(index.rootPaths()).stream().map(path -> path.toUri().toString()).toList();
  }
}
