package dev.tidemark.jobs.export;

/** Why no file can be made of a plan; the message says what to do. */
public final class ExportException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ExportException(String message) {
    super(message);
  }
}
