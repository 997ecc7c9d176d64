package dev.tidemark.jobs;

import java.util.Locale;

/** How a command, or one of its tasks, ended. */
enum Status {
  DONE(0),
  FAILED(1),
  REFUSED(2),
  GATE_FAILED(3),
  NOT_READY(4),
  CONFLICT(5),
  /** By SIGTERM or Ctrl-C; the code is the shell's for SIGTERM. */
  CANCELLED(143);

  private final int exitCode;

  Status(int exitCode) {
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }

  static Status of(int exitCode) {
    for (Status status : values()) {
      if (status.exitCode == exitCode) {
        return status;
      }
    }
    return FAILED;
  }

  /** As JSON has it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
