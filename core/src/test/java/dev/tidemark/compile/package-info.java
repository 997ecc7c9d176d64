/** Tests from HOCON to rows, and of what Spark's analyzer says of definitions. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.compile;
