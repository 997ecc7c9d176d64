package dev.tidemark.bench;

import java.nio.file.Path;

/**
 * A table of the bench, that all rivals read from the same Parquet files.
 *
 * @param name under which SQL knows it
 * @param rows how many it has
 */
record Table(String name, Path folder, long rows) {}
