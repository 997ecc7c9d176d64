package dev.tidemark.site;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The files of the front end, all for one folder: {@code index.html}, what it loads, and the
 * licences of the libraries inside. The data they show go into {@code data/} beside them.
 */
public final class SiteFiles {
  private static final String LIST = "files.txt";

  private SiteFiles() {}

  /** The files' names, sorted; none has a folder. */
  public static List<String> names() {
    try (InputStream list = open(LIST)) {
      return new String(list.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new IllegalStateException(LIST + " of the site can't be read", e);
    }
  }

  /** One of {@link #names()}, to be closed by the caller. */
  public static InputStream open(String name) {
    InputStream file = SiteFiles.class.getResourceAsStream(name);
    if (file == null) {
      throw new IllegalArgumentException(
          "the site has no file " + name + "; is the module `site` built?");
    }
    return file;
  }
}
