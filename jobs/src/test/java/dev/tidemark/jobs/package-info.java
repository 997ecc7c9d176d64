/** Tests of the command line, in this process and as packaged. */
@org.jspecify.annotations.NullMarked
package dev.tidemark.jobs;
