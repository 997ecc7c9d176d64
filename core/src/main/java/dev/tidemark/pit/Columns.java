package dev.tidemark.pit;

import java.util.Collection;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Columns by their exact names. */
final class Columns {
  private Columns() {}

  /** The column of this name, whatever characters are in it. */
  static Column named(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  static <T> Seq<T> seq(Collection<T> items) {
    return CollectionConverters.asScala(items).toSeq();
  }
}
