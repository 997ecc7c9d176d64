/**
 * Tests of the point-in-time engine: a class a rule of the time contract, and its two properties on
 * random data.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.pit;
