/**
 * The front end of the catalogue site.
 *
 * <p>In: nothing. Out: the files of the front end, which the build bundles from TypeScript and puts
 * beside this package's classes. What the pages read, and who writes it, is in {@code
 * site/README.md}. Depends on nothing.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.site;
