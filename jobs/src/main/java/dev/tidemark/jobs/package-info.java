/**
 * The command line.
 *
 * <p>In: arguments. Out: results on stdout with a last line of JSON, an exit code, and the files of
 * the catalogue site. What ran is told to others by {@code openlineage}. Depends on {@code run},
 * {@code plan}, {@code definition} and {@code site}.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.jobs;
