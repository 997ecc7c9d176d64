package dev.tidemark.pit;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import scala.collection.immutable.Seq;

/** The inputs over rows of these columns, one for all that read the same. */
final class Inputs {
  private final Seq<Attribute> columns;
  private final List<Expression> expressions = new ArrayList<>();
  private final List<Input> inputs = new ArrayList<>();

  Inputs(Seq<Attribute> columns) {
    this.columns = columns;
  }

  Seq<Attribute> columns() {
    return columns;
  }

  Input of(Expression expression) {
    for (int i = 0; i < expressions.size(); i++) {
      if (expressions.get(i).semanticEquals(expression)) {
        return inputs.get(i);
      }
    }
    Input input = new Input(expression, columns);
    expressions.add(expression);
    inputs.add(input);
    return input;
  }
}
