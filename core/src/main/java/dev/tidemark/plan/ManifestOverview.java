package dev.tidemark.plan;

import java.util.List;

/**
 * What a manifest tells of where rows came from.
 *
 * @param location where it is, a URI
 * @param resource whose rows they are
 * @param definition the hash of what was computed
 */
public record ManifestOverview(
    String location,
    String resource,
    String runId,
    String definition,
    long rows,
    List<Input> inputs) {

  /**
   * A state of a source that was read.
   *
   * @param files of a source of plain files
   */
  public record Input(InputSnapshot snapshot, List<InputFile> files) {
    public Input {
      files = List.copyOf(files);
    }
  }

  public ManifestOverview {
    inputs = List.copyOf(inputs);
  }
}
