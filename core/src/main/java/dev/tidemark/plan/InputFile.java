package dev.tidemark.plan;

import java.io.Serializable;
import java.time.Instant;

/**
 * A file that a run read.
 *
 * @param path a URI
 * @param modified when it last changed, as its file system says
 */
public record InputFile(String path, long bytes, Instant modified) implements Serializable {}
