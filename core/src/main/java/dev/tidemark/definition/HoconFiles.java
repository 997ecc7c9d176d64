package dev.tidemark.definition;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Several HOCON files read as one object, with the place of everything in it.
 *
 * <p>Each file is parsed alone, then they are merged and resolved together. A file that another
 * includes is not read again by itself.
 */
final class HoconFiles {
  private final Path root;
  private final Problems problems;
  private final Map<Path, SourceFile> texts = new LinkedHashMap<>();
  private final Map<Path, Scanned.Body> scanned = new HashMap<>();
  private final Set<Path> included = new HashSet<>();

  private HoconFiles(Path root, Problems problems) {
    this.root = root;
    this.problems = problems;
  }

  /** What came of the files. */
  record Merged(ConfigObject root, Places places) {}

  /**
   * Reads and merges files.
   *
   * @param root names in errors are relative to it
   * @param files absolute paths
   * @param environment true: {@code ${NAME}} may be an environment variable
   * @param once depth at which a key stands for one definition, which may be written in one place
   *     only, by top-level key
   * @return the merged object, or null if there are problems
   */
  static @Nullable Merged read(
      Path root,
      List<Path> files,
      boolean environment,
      Map<String, Integer> once,
      Problems problems) {
    return new HoconFiles(root, problems).merge(files, environment, once);
  }

  private @Nullable Merged merge(List<Path> files, boolean environment, Map<String, Integer> once) {
    for (Path file : files) {
      load(file, null);
    }
    if (!problems.isEmpty()) {
      return null;
    }
    List<Path> tops = files.stream().filter(file -> !included.contains(file)).toList();
    List<Scanned.Body> roots = tops.stream().map(this::scannedBody).toList();
    Places places = new Places(roots, scanned);
    Config merged = ConfigFactory.empty();
    for (Path file : tops) {
      Config parsed = parse(file);
      if (parsed != null) {
        merged = parsed.withFallback(merged);
      }
    }
    if (!problems.isEmpty()) {
      return null;
    }
    new Duplicates(scanned, once, problems).find(roots);
    return resolve(merged, places, roots, environment);
  }

  private Scanned.Body scannedBody(Path file) {
    Scanned.Body body = scanned.get(file);
    if (body == null) {
      throw new IllegalStateException("not scanned: " + file);
    }
    return body;
  }

  /** Reads and scans a file and what it includes. */
  private void load(Path file, @Nullable Origin includedAt) {
    if (texts.containsKey(file)) {
      return;
    }
    String name = name(file);
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
              .toString();
    } catch (CharacterCodingException e) {
      problems.add(
          includedAt, "%s is not UTF-8 text".formatted(name), "save it in the encoding UTF-8");
      return;
    } catch (IOException e) {
      problems.add(
          includedAt,
          Files.exists(file) ? "%s can't be read".formatted(name) : "no file %s".formatted(name),
          includedAt == null
              ? null
              : "paths after `include` are relative to the file that includes");
      return;
    }
    SourceFile source = new SourceFile(name, text);
    texts.put(file, source);
    try {
      Path folder = file.getParent();
      Scanned.Body body = Scanner.scan(source, folder == null ? root : folder);
      scanned.put(file, body);
      for (Scanned.Include include : includes(body)) {
        included.add(include.file());
        load(include.file(), include.origin());
      }
    } catch (DefinitionException e) {
      problems.addAll(e.problems());
    }
  }

  private static List<Scanned.Include> includes(Scanned.Body body) {
    List<Scanned.Include> found = new ArrayList<>();
    for (Scanned.Item item : body.items()) {
      found.addAll(item.match(field -> includes(field.value()), List::of));
    }
    return found;
  }

  private static List<Scanned.Include> includes(Scanned.Value value) {
    List<Scanned.Include> found = new ArrayList<>();
    for (Scanned.Part part : value.parts()) {
      found.addAll(
          part.match(
              braces -> includes(braces.body()),
              brackets ->
                  brackets.elements().stream()
                      .flatMap(element -> includes(element).stream())
                      .toList(),
              substitution -> List.of(),
              text -> List.of()));
    }
    return found;
  }

  private @Nullable Config parse(Path file) {
    return parse(file, List.of(file), null);
  }

  private @Nullable Config parse(Path file, List<Path> chain, @Nullable ConfigIncludeContext from) {
    SourceFile source = texts.get(file);
    if (source == null) {
      return null;
    }
    ConfigParseOptions options =
        (from == null ? ConfigParseOptions.defaults() : from.parseOptions())
            .setSyntax(ConfigSyntax.CONF)
            .setOriginDescription(source.name())
            .setIncluder(new Includer(chain));
    try {
      return ConfigFactory.parseString(source.text(), options);
    } catch (ConfigException e) {
      problems.add(place(source, e), "not HOCON: " + reason(e), null);
    } catch (StackOverflowError e) {
      problems.add(new Origin(source, 1, 1, 1), "nested too deep to be read", null);
    }
    return null;
  }

  private @Nullable Merged resolve(
      Config merged, Places places, List<Scanned.Body> roots, boolean environment) {
    List<Scanned.Substitution> uses = new ArrayList<>();
    roots.forEach(body -> collect(body, uses));
    scanned.values().forEach(body -> collect(body, uses));
    try {
      ConfigResolveOptions options =
          environment ? ConfigResolveOptions.defaults() : ConfigResolveOptions.noSystem();
      return new Merged(merged.resolve(options).root(), places);
    } catch (ConfigException e) {
      Scanned.Substitution blamed =
          uses.stream()
              .filter(use -> !use.optional() && leadsNowhere(places, use, environment))
              .findFirst()
              .orElse(null);
      if (blamed != null) {
        problems.add(
            blamed.origin(),
            "nothing is defined at `%s`".formatted(String.join(".", blamed.path())),
            environment
                ? "define it here, or set the environment variable"
                : "define it in one of the files; environment variables are for env/ only");
      } else {
        problems.add(
            uses.isEmpty() ? null : uses.get(0).origin(),
            "substitutions that can't be resolved: " + reason(e),
            "look for `${...}` that lead to each other in a circle");
      }
    } catch (StackOverflowError e) {
      problems.add(
          uses.isEmpty() ? null : uses.get(0).origin(),
          "substitutions that are too many steps long, or lead to each other in a circle",
          null);
    }
    return null;
  }

  private static boolean leadsNowhere(
      Places places, Scanned.Substitution use, boolean environment) {
    if (places.value(use.path()) != null || places.key(use.path()) != null) {
      return false;
    }
    return !environment || System.getenv(String.join(".", use.path())) == null;
  }

  private static void collect(Scanned.Body body, List<Scanned.Substitution> into) {
    for (Scanned.Item item : body.items()) {
      item.match(
          field -> {
            collect(field.value(), into);
            return true;
          },
          include -> false);
    }
  }

  private static void collect(Scanned.Value value, List<Scanned.Substitution> into) {
    for (Scanned.Part part : value.parts()) {
      part.match(
          braces -> {
            collect(braces.body(), into);
            return true;
          },
          brackets -> {
            brackets.elements().forEach(element -> collect(element, into));
            return true;
          },
          into::add,
          text -> false);
    }
  }

  private static Origin place(SourceFile source, ConfigException e) {
    int line = e.origin() == null ? 1 : Math.max(1, e.origin().lineNumber());
    String shown = source.line(line);
    int start = shown.length() - shown.stripLeading().length();
    return new Origin(source, line, start + 1, Math.max(1, shown.strip().length()));
  }

  /** Typesafe Config's own words, without the place that it puts in front. */
  private static String reason(ConfigException e) {
    String message = String.valueOf(e.getMessage());
    String first = message.lines().findFirst().orElse("");
    return first.replaceFirst("^[^:]*: (\\d+: )?", "");
  }

  private String name(Path file) {
    return (file.startsWith(root) ? root.relativize(file) : file).toString().replace('\\', '/');
  }

  /** Includes only what the scanner has found and read. */
  private final class Includer implements ConfigIncluder, ConfigIncluderFile {
    private final List<Path> chain;

    Includer(List<Path> chain) {
      this.chain = chain;
    }

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
      return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
      return read(context, what);
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
      return read(context, what.getPath());
    }

    private ConfigObject read(ConfigIncludeContext context, String what) {
      Path here = chain.get(chain.size() - 1);
      Path folder = here.getParent();
      Path file = (folder == null ? root : folder).resolve(what).normalize().toAbsolutePath();
      if (chain.contains(file)) {
        SourceFile source = texts.get(here);
        problems.add(
            source == null ? null : new Origin(source, 1, 1, 1),
            "files include each other in a circle: "
                + String.join(" -> ", chain.stream().map(HoconFiles.this::name).toList())
                + " -> "
                + name(file),
            null);
        return ConfigFactory.empty().root();
      }
      List<Path> deeper = new ArrayList<>(chain);
      deeper.add(file);
      Config parsed = parse(file, deeper, context);
      return parsed == null ? ConfigFactory.empty().root() : parsed.root();
    }
  }
}
