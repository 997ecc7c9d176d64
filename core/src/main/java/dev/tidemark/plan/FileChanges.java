package dev.tidemark.plan;

import java.util.List;

/**
 * In what a list of files differs from an earlier one.
 *
 * @param added those that the earlier one did not have
 * @param taken true if files of the earlier one are gone, or are not what they were
 */
public record FileChanges(List<InputFile> added, boolean taken) {
  public FileChanges {
    added = List.copyOf(added);
  }
}
