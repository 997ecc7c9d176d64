package dev.tidemark.store;

import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.encryption.EncryptionManager;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.jspecify.annotations.Nullable;

/**
 * An Iceberg table's operations, of which only the commit holds the table's lock. Iceberg's own
 * actions commit at the end of work that may take hours; nobody must wait for that.
 */
final class LockedOperations implements TableOperations {
  private final TableOperations operations;
  private final LocalLock lock;

  LockedOperations(TableOperations operations, LocalLock lock) {
    this.operations = operations;
    this.lock = lock;
  }

  @Override
  public void commit(@Nullable TableMetadata base, TableMetadata metadata) {
    lock.holding(
        () -> {
          operations.commit(base, metadata);
          return metadata;
        });
  }

  @Override
  public TableMetadata current() {
    return operations.current();
  }

  @Override
  public TableMetadata refresh() {
    return operations.refresh();
  }

  @Override
  public FileIO io() {
    return operations.io();
  }

  @Override
  public EncryptionManager encryption() {
    return operations.encryption();
  }

  @Override
  public String metadataFileLocation(String fileName) {
    return operations.metadataFileLocation(fileName);
  }

  @Override
  public LocationProvider locationProvider() {
    return operations.locationProvider();
  }

  @Override
  public TableOperations temp(TableMetadata uncommittedMetadata) {
    return operations.temp(uncommittedMetadata);
  }

  @Override
  public long newSnapshotId() {
    return operations.newSnapshotId();
  }

  @Override
  public boolean requireStrictCleanup() {
    return operations.requireStrictCleanup();
  }
}
