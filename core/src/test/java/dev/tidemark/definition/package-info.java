/** Tests of the definition language. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.definition;
