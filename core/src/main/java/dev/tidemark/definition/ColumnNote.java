package dev.tidemark.definition;

/** What is said of one column of a source or transformation: a description and tags. */
public record ColumnNote(String name, About about, Origin origin) {}
