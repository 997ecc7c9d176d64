package dev.tidemark.definition;

import java.nio.file.Path;

/**
 * A project folder as read: definitions and one environment.
 *
 * @param root the absolute folder that relative paths are relative to
 * @param policy who may use what
 */
public record Project(Path root, Definitions definitions, Environment environment, Policy policy) {}
