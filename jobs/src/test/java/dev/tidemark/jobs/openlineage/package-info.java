@org.jspecify.annotations.NullMarked
package dev.tidemark.jobs.openlineage;
