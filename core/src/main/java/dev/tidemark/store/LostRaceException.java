package dev.tidemark.store;

/** Others committed first, again and again: theirs stands, and nothing of ours. */
public final class LostRaceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LostRaceException(String reason) {
    super(reason);
  }
}
