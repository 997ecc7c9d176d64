package dev.tidemark.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.DeltaOperations;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.Format;
import org.apache.spark.sql.delta.actions.Metadata;
import org.apache.spark.sql.delta.skipping.clustering.ClusteredTableUtils;
import org.apache.spark.sql.delta.skipping.clustering.temp.ClusterBySpec;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Makes Delta tables without rows, in one commit and without a job; {@code CREATE TABLE} would
 * refuse the log's folder that a kill left without a version.
 */
final class DeltaCreation {
  private static final Map<String, String> PROPERTIES =
      Map.of("delta.checkpointInterval", "50", DeltaSettings.LOG_RETENTION, DeltaSettings.FOR_EVER);

  private DeltaCreation() {}

  /**
   * @param columns all of them nullable in the table
   * @param clusteredBy see {@link DeltaSettings#clusterable}; may be empty
   */
  static void create(DeltaLog log, StructType columns, List<String> clusteredBy) {
    List<String> clustering = DeltaSettings.clusterable(columns, clusteredBy);
    Map<String, String> properties = new HashMap<>(PROPERTIES);
    if (!clustering.isEmpty()) {
      properties.putAll(
          CollectionConverters.asJava(
              ClusteredTableUtils.getTableFeatureProperties(immutable(Map.of()))));
    }
    log.createLogDirectoriesIfNotExists();
    OptimisticTransaction transaction = DeltaCommits.begin(log);
    transaction.updateMetadataForNewTable(
        new Metadata(
            UUID.randomUUID().toString(),
            null,
            null,
            new Format("parquet", immutable(Map.of())),
            columns.asNullable().json(),
            sequence(List.of()),
            immutable(properties),
            Option.apply(System.currentTimeMillis())));
    List<Action> actions = new ArrayList<>();
    if (!clustering.isEmpty()) {
      actions.addAll(
          CollectionConverters.asJava(
              ClusteredTableUtils.getDomainMetadataFromTransaction(
                  Option.apply(ClusterBySpec.fromColumnNames(sequence(clustering))), transaction)));
    }
    transaction.commit(
        sequence(actions),
        new DeltaOperations.CreateTable(
            transaction.metadata(),
            false,
            false,
            clustering.isEmpty() ? Option.empty() : Option.apply(sequence(clustering))));
  }

  private static <T> Seq<T> sequence(List<T> elements) {
    return CollectionConverters.asScala(elements).toSeq();
  }

  private static scala.collection.immutable.Map<String, String> immutable(
      Map<String, String> properties) {
    return scala.collection.immutable.Map.from(CollectionConverters.asScala(properties));
  }
}
