/** Tests of tasks from compile to commit, for real: Iceberg and Delta tables on disk. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.run;
