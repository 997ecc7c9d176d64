package dev.tidemark.jobs.export;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A file with gaps such as {@code @TASKS@}, filled in one pass: nothing in what is filled in is a
 * gap.
 */
final class Template {
  private static final Pattern GAP = Pattern.compile("@([A-Z]+)@");

  private final String text;
  private final Map<String, String> values = new HashMap<>();

  private Template(String text) {
    this.text = text;
  }

  /** The resource of that name in this package. */
  static Template of(String name) {
    try (InputStream in = Template.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      return new Template(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Template with(String gap, Object value) {
    values.put(gap, value.toString());
    return this;
  }

  String filled() {
    return GAP.matcher(text)
        .replaceAll(
            gap -> {
              String value = values.get(gap.group(1));
              if (value == null) {
                throw new IllegalStateException("nothing for " + gap.group());
              }
              return java.util.regex.Matcher.quoteReplacement(value);
            });
  }
}
