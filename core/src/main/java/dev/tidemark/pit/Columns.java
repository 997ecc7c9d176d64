package dev.tidemark.pit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.AttributeSet$;
import org.apache.spark.sql.catalyst.expressions.BindReferences;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.functions;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Columns by their exact names, and what Java and Scala call a list. */
final class Columns {
  private Columns() {}

  /** The column of this name, whatever characters are in it. */
  static Column named(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  static <T> Seq<T> seq(Collection<? extends T> items) {
    return CollectionConverters.<T>asScala(new ArrayList<T>(items)).toSeq();
  }

  static <T> Seq<T> list(List<? extends T> items) {
    return seq(items);
  }

  /** A copy, which serializes whatever the Seq was. */
  static <T> List<T> list(scala.collection.Seq<T> items) {
    return new ArrayList<>(CollectionConverters.asJava(items));
  }

  static Seq<Attribute> joined(Seq<Attribute> first, Seq<Attribute> second) {
    List<Attribute> all = list(first);
    all.addAll(list(second));
    return seq(all);
  }

  /** The expression over rows that have these columns, in this order. */
  static <T extends Expression> T bound(T expression, Seq<Attribute> columns) {
    return BindReferences.bindReference(
        expression,
        org.apache.spark.sql.catalyst.expressions.package$.MODULE$.AttributeSeq(columns),
        false);
  }

  static AttributeSet set(Seq<Attribute> attributes) {
    return AttributeSet$.MODULE$.apply(Columns.<Expression>seq(list(attributes)));
  }

  static <K, V> scala.collection.immutable.Map<K, V> map(Map<K, V> entries) {
    List<Tuple2<K, V>> pairs = new ArrayList<>();
    entries.forEach((key, value) -> pairs.add(new Tuple2<>(key, value)));
    return scala.collection.immutable.Map$.MODULE$.from(seq(pairs));
  }
}
