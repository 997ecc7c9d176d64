package dev.tidemark.compile;

import dev.tidemark.plan.StateCoverage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A view's state, as a table holds it.
 *
 * @param coverage which events are in it
 * @param rows see {@link CompiledIncrement#folded}
 */
public record StoredState(StateCoverage coverage, Dataset<Row> rows) {}
