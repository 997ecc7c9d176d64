package dev.tidemark.jobs;

/** A command can't do what it was asked; its message says why, in one sentence. */
final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Status status;

  RefusedException(Status status, String message) {
    super(message);
    this.status = status;
  }

  Status status() {
    return status;
  }
}
