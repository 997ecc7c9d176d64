/** The kernel alone, against the plainest way to compute the same. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.pit.kernel;
