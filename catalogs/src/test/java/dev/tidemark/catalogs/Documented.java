package dev.tidemark.catalogs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The environments of {@code docs/catalogs.md}, so that what it shows is what was tested. */
final class Documented {
  private static final Path PAGE = Path.of("..", "docs", "catalogs.md");

  private Documented() {}

  /**
   * The environment under a heading.
   *
   * @param places what stands on this machine for a host or a folder of the page; each must be
   *     there
   */
  static String environment(String heading, Map<String, String> places) {
    Matcher block =
        Pattern.compile("\n#+ %s\n.*?```hocon\n(.*?)```".formatted(heading), Pattern.DOTALL)
            .matcher(page());
    assertThat(block.find()).as("an environment under `%s` in %s", heading, PAGE).isTrue();
    String environment = block.group(1);
    for (Map.Entry<String, String> place : places.entrySet()) {
      assertThat(environment).contains(place.getKey());
      environment = environment.replace(place.getKey(), place.getValue());
    }
    assertThat(environment).as("no place of the page is left").doesNotContain("acme.com");
    return environment;
  }

  private static String page() {
    try {
      return Files.readString(PAGE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
