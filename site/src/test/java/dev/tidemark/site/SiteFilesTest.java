package dev.tidemark.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SiteFilesTest {
  @Test
  void every_file_that_is_listed_can_be_opened() throws IOException {
    assertThat(SiteFiles.names())
        .containsExactly("THIRD-PARTY.txt", "app.css", "app.js", "icon.svg", "index.html");
    for (String name : SiteFiles.names()) {
      assertThat(text(name)).as(name).isNotEmpty();
    }
  }

  @Test
  void the_licences_of_the_libraries_inside_are_there() throws IOException {
    assertThat(text("THIRD-PARTY.txt"))
        .contains("minisearch", "@dagrejs/dagre", "@dagrejs/graphlib", "lowlight", "highlight.js")
        .contains("Permission is hereby granted", "Redistribution and use");
  }

  @Test
  void no_file_names_an_address_to_load_from() throws IOException {
    for (String name : new String[] {"app.css", "index.html"}) {
      assertThat(text(name)).as(name).doesNotContainPattern("https?:|@import|url\\(");
    }
  }

  @Test
  void a_file_that_is_not_there_is_named() {
    assertThatThrownBy(() -> SiteFiles.open("nothing.js"))
        .hasMessage("the site has no file nothing.js; is the module `site` built?");
  }

  private static String text(String name) throws IOException {
    try (InputStream file = SiteFiles.open(name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
