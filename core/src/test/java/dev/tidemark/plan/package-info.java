/** Tests of references, rules of the language, hashes, tasks, and the time contract in words. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.plan;
