/**
 * Tells what runs did, as OpenLineage events.
 *
 * <p>In: tasks as they begin and end, and what they were made of. Out: events, by OpenLineage's own
 * client, to files, to a server, or to wherever its configuration says. Nothing here fails a run,
 * and no run waits for it but for a moment at its end. The one package that knows OpenLineage;
 * depends on {@code run}, {@code plan} and {@code definition}.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.jobs.openlineage;
