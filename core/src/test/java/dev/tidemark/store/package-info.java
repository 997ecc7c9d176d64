/** Offline tables of both formats, on a local disk: what a commit leaves, and what a race does. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.store;
