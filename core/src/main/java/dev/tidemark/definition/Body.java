package dev.tidemark.definition;

import java.util.function.Function;

/** What a transformation does. */
public sealed interface Body permits Body.Query, Body.JavaClass {

  Origin origin();

  <R> R match(Function<Query, R> query, Function<JavaClass, R> javaClass);

  /** A query over the inputs, by their names. */
  record Query(Sql sql) implements Body {
    @Override
    public Origin origin() {
      return sql.origin();
    }

    @Override
    public <R> R match(Function<Query, R> query, Function<JavaClass, R> javaClass) {
      return query.apply(this);
    }
  }

  /**
   * A class on the job's class path that implements Tidemark's {@code Transformation} interface.
   */
  record JavaClass(String name, Origin origin) implements Body {
    @Override
    public <R> R match(Function<Query, R> query, Function<JavaClass, R> javaClass) {
      return javaClass.apply(this);
    }
  }
}
