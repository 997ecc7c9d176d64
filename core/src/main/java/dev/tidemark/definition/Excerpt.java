package dev.tidemark.definition;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a file that hold one definition, for people to read; what a definition inherits or
 * includes is not in it.
 *
 * @param file the file
 * @param fromLine the line of its name, 1 is the first
 * @param toLine the line where it ends
 */
public record Excerpt(SourceFile file, int fromLine, int toLine) {

  /** Where a resource is written. */
  public static Excerpt of(Resource resource) {
    SourceFile file = resource.origin().file();
    int from = resource.origin().line();
    Integer to = lastLine(Scanner.scan(file, Path.of("")), resource.origin());
    return new Excerpt(file, from, to == null ? from : to);
  }

  /** The lines as they are in the file, each ended by a line feed. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (int line = fromLine; line <= toLine; line++) {
      text.append(file.line(line)).append('\n');
    }
    return text.toString();
  }

  private static @Nullable Integer lastLine(Scanned.Body body, Origin name) {
    return body.items().stream()
        .map(item -> item.match(field -> lastLine(field, name), include -> null))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private static @Nullable Integer lastLine(Scanned.Field field, Origin name) {
    if (field.path().stream().anyMatch(key -> key.origin().equals(name))) {
      return field.value().lastLine();
    }
    return field.value().parts().stream()
        .map(
            part ->
                part.match(
                    braces -> lastLine(braces.body(), name), b -> null, s -> null, text -> null))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }
}
