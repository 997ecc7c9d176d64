/** Tests of all of core. */
@org.jspecify.annotations.NullMarked
package dev.tidemark;
