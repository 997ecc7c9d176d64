package dev.tidemark.pit;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import scala.collection.immutable.Seq;

/**
 * The rows of a spine that {@link PackSlots} gets.
 *
 * @param complete whether they are all, so that events of other keys are not needed; else those of
 *     some keys
 * @param columns of its rows
 * @param keys over the columns
 * @param asOf over the columns, microseconds
 */
public record SomeSpine(
    boolean complete, Seq<Attribute> columns, Seq<Expression> keys, Expression asOf)
    implements Serializable {

  List<Object> explained(Seq<Expression> eventKeys, int partitions) {
    return List.of(eventKeys, partitions, complete ? "slots of all keys" : "slots of hot keys");
  }
}
