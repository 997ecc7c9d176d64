/** Tests that the bench itself works, on tiny tables. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.bench;
