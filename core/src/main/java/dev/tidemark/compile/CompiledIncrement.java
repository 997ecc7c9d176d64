package dev.tidemark.compile;

import dev.tidemark.plan.Increment;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * A view's values at some ticks by way of its state; nothing has run.
 *
 * @param increment what is done
 * @param folded the rows that come to the state: {@code event_time} (the first tick that sees the
 *     whole cell), the entity's keys, {@code __tidemark_lookup} ({@code int}), {@code
 *     __tidemark_cell} and {@code __tidemark_known} ({@code timestamp}) and {@code
 *     __tidemark_state} ({@code binary}); null: none
 * @param view makes the values of those rows, which may be kept meanwhile
 */
public record CompiledIncrement(
    Increment increment,
    @Nullable Dataset<Row> folded,
    Function<@Nullable Dataset<Row>, CompiledView> view) {}
