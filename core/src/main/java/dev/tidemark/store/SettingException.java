package dev.tidemark.store;

/** A Spark setting of Tidemark's has a value that means nothing. */
public final class SettingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SettingException(String setting, String value, String expected) {
    super(
        "%s = %s: it is %s\n  correct it under `spark` in env/"
            .formatted(setting, value, expected));
  }
}
