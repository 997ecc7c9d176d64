package dev.tidemark.store;

/** What a table keeps of itself can't be read: it is damaged, or a part of it is gone. */
public final class DamagedTableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * The folder or file is named.
   *
   * @param place where the metadata are
   */
  DamagedTableException(String place, Throwable cause) {
    super(place, cause);
  }
}
