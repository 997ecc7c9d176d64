package dev.tidemark.plan;

/**
 * The hash of what a definition means: equal for any layout, order, comment and file name,
 * different for anything that changes a value, in itself or in what it is built from.
 *
 * @param sha256 64 lower-case hexadecimal digits
 */
public record Fingerprint(String sha256) {
  public Fingerprint {
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("not a SHA-256: " + sha256);
    }
  }

  /** The first 12 digits, for people. */
  public String brief() {
    return sha256.substring(0, 12);
  }

  @Override
  public String toString() {
    return sha256;
  }
}
