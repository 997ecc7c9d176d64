package dev.tidemark.definition;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigSyntax;
import java.io.File;
import java.net.URL;
import java.nio.file.Path;
import java.util.Map;

/**
 * Gives Typesafe Config the included files that the scanner has found and read, and no others: the
 * net and the class path are no part of a project.
 */
final class ScannedIncluder
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
  private final Path root;
  private final Path here;
  private final Map<Path, SourceFile> texts;
  private final Problems problems;

  /**
   * @param here the file whose includes it reads
   * @param texts all files read, by absolute path; they don't include each other in a circle
   */
  ScannedIncluder(Path root, Path here, Map<Path, SourceFile> texts, Problems problems) {
    this.root = root;
    this.here = here;
    this.texts = texts;
    this.problems = problems;
  }

  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    Path folder = here.getParent();
    Path file = (folder == null ? root : folder).resolve(what).normalize().toAbsolutePath();
    SourceFile source = texts.get(file);
    if (source == null) {
      return unknown(what);
    }
    return ConfigFactory.parseString(
            source.text(),
            context
                .parseOptions()
                .setSyntax(ConfigSyntax.CONF)
                .setOriginDescription(source.name())
                .setIncluder(new ScannedIncluder(root, file, texts, problems)))
        .root();
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    return include(context, what.getPath());
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
    return unknown(what.toString());
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String what) {
    return unknown(what);
  }

  /** What the scanner has not taken for an include, or could not read and has told of. */
  private ConfigObject unknown(String what) {
    SourceFile source = texts.get(here);
    if (problems.isEmpty() && source != null) {
      problems.add(
          new Origin(source, 1, 1, 1),
          "can't include `%s`".formatted(what),
          "write: include \"path/relative/to/this/file.conf\"");
    }
    return ConfigFactory.empty().root();
  }
}
