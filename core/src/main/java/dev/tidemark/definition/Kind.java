package dev.tidemark.definition;

/** The kinds of resource, with the key each has in definition files. */
public enum Kind {
  ENTITY("entities"),
  SOURCE("sources"),
  TRANSFORMATION("transformations"),
  FEATURE_VIEW("feature-views"),
  LABEL("labels"),
  TRAINING_SET("training-sets"),
  MODEL("models");

  private final String key;

  Kind(String key) {
    this.key = key;
  }

  /** The top-level key in a definition file, such as {@code feature-views}. */
  public String key() {
    return key;
  }
}
