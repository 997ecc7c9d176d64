package dev.tidemark.run;

/** How a command ends, for orchestrators: 4 and 5 are worth another try, 2 and 3 are not. */
public enum ExitCode {
  DONE(0),
  INTERNAL(1),
  DEFINITION(2),
  GATE(3),
  INPUT_NOT_READY(4),
  CONFLICT(5);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
