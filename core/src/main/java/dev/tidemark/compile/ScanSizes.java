package dev.tidemark.compile;

import dev.tidemark.plan.ReadEstimate;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.SupportsReportStatistics;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.stats.DeltaScan;
import org.apache.spark.sql.delta.stats.PreparedDeltaFileIndex;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.ScanFileListing;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.execution.datasources.v2.BatchScanExec;
import org.jspecify.annotations.Nullable;

/** How much a planned scan reads, as its format says without opening a data file. */
final class ScanSizes {
  /** The footers of so many Parquet files are read at most, for the rows in them. */
  static final int MOST_FOOTERS = 20;

  // Names of Iceberg's metrics of a scan: org.apache.iceberg.spark.source.metrics.
  private static final String ICEBERG_FILES = "resultDataFiles";
  private static final String ICEBERG_BYTES = "totalDataFileSize";

  private ScanSizes() {}

  /** Of plain files, or of a Delta table. */
  static ReadEstimate.Size of(FileSourceScanExec scan) {
    ScanFileListing files = scan.selectedPartitions();
    return new ReadEstimate.Size(
        files.totalNumberOfFiles(), files.totalFileSize(), rows(scan, files));
  }

  private static @Nullable Long rows(FileSourceScanExec scan, ScanFileListing files) {
    if (files.totalNumberOfFiles() == 0) {
      return 0L;
    }
    if (scan.relation().location() instanceof PreparedDeltaFileIndex index) {
      return rows(index.preparedScan());
    }
    return scan.relation().fileFormat() instanceof ParquetFileFormat
            && files.totalNumberOfFiles() <= MOST_FOOTERS
        ? footers(files.toPartitionArray(), scan.relation().sparkSession())
        : null;
  }

  private static @Nullable Long rows(DeltaScan scan) {
    if (scan.scanned().rows().isDefined()) {
      return (Long) scan.scanned().rows().get();
    }
    long rows = 0;
    for (AddFile file : SparkPlans.list(scan.files())) {
      if (file.numPhysicalRecords().isEmpty()) {
        return null;
      }
      rows += (Long) file.numPhysicalRecords().get();
    }
    return rows;
  }

  private static long footers(PartitionedFile[] files, SparkSession session) {
    Configuration hadoop = SparkPlans.classic(session).sessionState().newHadoopConf();
    long rows = 0;
    for (PartitionedFile file : files) {
      try (ParquetFileReader reader =
          ParquetFileReader.open(HadoopInputFile.fromPath(file.toPath(), hadoop))) {
        rows += reader.getRecordCount();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return rows;
  }

  /** Of an Iceberg table. */
  static ReadEstimate.Size of(BatchScanExec batch) {
    Scan scan = batch.scan();
    // Its metrics are there when the files have been planned.
    scan.toBatch().planInputPartitions();
    long files = 0;
    long bytes = 0;
    for (CustomTaskMetric metric : scan.reportDriverMetrics()) {
      files += metric.name().equals(ICEBERG_FILES) ? metric.value() : 0;
      bytes += metric.name().equals(ICEBERG_BYTES) ? metric.value() : 0;
    }
    Long rows = null;
    if (scan instanceof SupportsReportStatistics statistics
        && statistics.estimateStatistics().numRows().isPresent()) {
      rows = statistics.estimateStatistics().numRows().getAsLong();
    }
    return new ReadEstimate.Size(files, bytes, files == 0 ? Long.valueOf(0) : rows);
  }
}
