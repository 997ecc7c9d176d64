package dev.tidemark.catalogs;

import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.HiveMetaStore;
import org.apache.hadoop.hive.metastore.txn.TxnDbUtil;

/**
 * Hive's metastore on a new database; configured by system properties. DataNucleus makes its tables
 * but those of locks, which Hive's schema tool would make, are made here.
 */
final class HiveMetastoreProcess {
  private HiveMetastoreProcess() {}

  public static void main(String[] arguments) throws Throwable {
    TxnDbUtil.prepDb(new HiveConf());
    HiveMetaStore.main(arguments);
  }
}
