package dev.tidemark.store;

import java.util.List;

/** Files among the manifests that are none, so that nobody knows what they pin. */
public final class UnreadableManifestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnreadableManifestException(List<String> files) {
    super(
        "can't read the manifest %s\n  nobody knows which snapshots it pins, so none is forgotten: restore the file, or remove it"
            .formatted(String.join(", ", files)));
  }
}
