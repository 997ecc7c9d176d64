package dev.tidemark.definition;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Several HOCON files read as one object, with the place of everything in it.
 *
 * <p>Each file is parsed alone, then they are merged and resolved together. A file that another
 * includes is not read again by itself. Files that can't be read are told of and left out, so that
 * the problems of the others are told too.
 */
final class HoconFiles {
  /** Far beyond what anybody writes, and small enough to be read into memory. */
  private static final long MOST_BYTES = 8L << 20;

  private static final long MOST_GROWN = 32_000_000;

  private final Path root;
  private final Problems problems;
  private final Map<Path, SourceFile> texts = new HashMap<>();
  private final Map<Path, Scanned.Body> scanned = new HashMap<>();
  private final Set<Path> included = new HashSet<>();
  private boolean complete = true;

  private HoconFiles(Path root, Problems problems) {
    this.root = root;
    this.problems = problems;
  }

  /** What came of the files. */
  record Merged(ConfigObject root, Places places) {}

  /** What a file is for. */
  enum Use {
    /** Means the same on every machine. */
    DEFINITIONS,
    /** May take values from environment variables, and override a value by an optional one. */
    ENVIRONMENT
  }

  /**
   * Reads and merges files.
   *
   * @param root names in errors are relative to it
   * @param files absolute paths
   * @param once by top-level key, how many names make a definition, which may be written in one
   *     place only
   * @return the merged object, whose substitutions may lead nowhere where there are problems; null
   *     if there is nothing to go on with
   */
  static @Nullable Merged read(
      Path root, List<Path> files, Use use, Map<String, Integer> once, Problems problems) {
    return new HoconFiles(root, problems).merge(files, use, once);
  }

  private @Nullable Merged merge(List<Path> files, Use use, Map<String, Integer> once) {
    for (Path file : files) {
      load(file, null, new LinkedHashSet<>());
    }
    List<Scanned.Body> roots = new ArrayList<>();
    Config merged = ConfigFactory.empty();
    for (Path file : files) {
      Scanned.Body body = scanned.get(file);
      if (body == null || included.contains(file)) {
        continue;
      }
      Config parsed = parse(file);
      if (parsed == null) {
        complete = false;
      } else {
        merged = parsed.withFallback(merged);
        roots.add(body);
      }
    }
    Places places = new Places(roots, scanned);
    try {
      new Duplicates(scanned, once, use, problems).find(roots);
      return resolve(merged, places, use);
    } catch (StackOverflowError e) {
      problems.add(
          null,
          "substitutions that are too many steps long",
          "write values where they are used, or refer to them directly");
      return null;
    }
  }

  /**
   * Reads and scans a file and what it includes.
   *
   * @param chain the files that are being read, each including the next
   */
  private void load(Path file, @Nullable Origin includedAt, Set<Path> chain) {
    if (chain.contains(file)) {
      List<String> names = new ArrayList<>(chain.stream().map(this::name).toList());
      names.add(name(file));
      problems.add(
          includedAt,
          "files include each other in a circle: " + String.join(" -> ", names),
          "take one of the includes out");
      complete = false;
      return;
    }
    if (texts.containsKey(file)) {
      return;
    }
    String text = text(file, includedAt);
    if (text == null) {
      complete = false;
      return;
    }
    SourceFile source = new SourceFile(name(file), text);
    texts.put(file, source);
    try {
      Path folder = file.getParent();
      Scanned.Body body = Scanner.scan(source, folder == null ? root : folder);
      chain.add(file);
      for (Scanned.Include include : includes(body)) {
        load(include.file(), include.origin(), chain);
        included.add(include.file());
      }
      chain.remove(file);
      scanned.put(file, body);
    } catch (DefinitionException e) {
      problems.addAll(e.problems());
      complete = false;
    }
  }

  private @Nullable String text(Path file, @Nullable Origin includedAt) {
    String name = name(file);
    try {
      if (!file.startsWith(root)) {
        problems.add(
            includedAt,
            "%s is outside the project".formatted(name),
            "include files of the project only, so that it means the same on every machine");
        return null;
      }
      if (Files.size(file) > MOST_BYTES) {
        problems.add(
            includedAt,
            "%s has %d bytes, more than a definition file can have (%d)"
                .formatted(name, Files.size(file), MOST_BYTES),
            "is it a data file with the ending .conf?");
        return null;
      }
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
          .toString();
    } catch (CharacterCodingException e) {
      problems.add(
          includedAt, "%s is not UTF-8 text".formatted(name), "save it in the encoding UTF-8");
    } catch (IOException e) {
      boolean there = Files.exists(file);
      problems.add(
          includedAt,
          there ? "%s can't be read".formatted(name) : "no file %s".formatted(name),
          there
              ? "it must be a file that you may read"
              : "the path after `include` is relative to the file it stands in");
    }
    return null;
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
    SourceFile source = texts.get(file);
    if (source == null) {
      return null;
    }
    ConfigParseOptions options =
        ConfigParseOptions.defaults()
            .setSyntax(ConfigSyntax.CONF)
            .setOriginDescription(source.name())
            .setIncluder(new ScannedIncluder(root, file, texts, problems));
    try {
      return ConfigFactory.parseString(source.text(), options);
    } catch (ConfigException e) {
      problems.add(place(source, e), "not HOCON: " + reason(e), null);
    } catch (StackOverflowError e) {
      problems.add(new Origin(source, 1, 1, 1), "nested too deep to be read", null);
    }
    return null;
  }

  private @Nullable Merged resolve(Config merged, Places places, Use use) {
    if (places.grownSize() > MOST_GROWN) {
      problems.add(
          null,
          "the substitutions would make more than %d characters".formatted(MOST_GROWN),
          "look for values that contain each other many times over");
      return null;
    }
    boolean environment = use == Use.ENVIRONMENT;
    if (complete) {
      places.dangling().forEach(found -> dangling(found, environment));
    }
    try {
      ConfigResolveOptions options =
          environment ? ConfigResolveOptions.defaults() : ConfigResolveOptions.noSystem();
      // What leads nowhere has been told, and must not hide other problems.
      Config resolved = merged.resolve(options.setAllowUnresolved(true));
      return new Merged(resolved.root(), places);
    } catch (ConfigException e) {
      problems.add(
          place(places, e.origin()),
          "substitutions lead to each other in a circle: "
              + reason(e).replaceFirst(".* involving ", ""),
          "write one of the values out");
    }
    return null;
  }

  private void dangling(Scanned.Substitution found, boolean environment) {
    String name = String.join(".", found.path());
    if (environment) {
      if (!found.optional() && System.getenv(name) == null) {
        problems.add(
            found.origin(),
            "nothing is defined at `%s`".formatted(name),
            "define it in this file, or set the environment variable " + name);
      }
    } else if (!found.optional() || name.matches("[A-Z][A-Z0-9_]*")) {
      problems.add(
          found.origin(),
          "nothing is defined at `%s`".formatted(name),
          "define it in one of the files; environment variables can be used in env/ only");
    }
  }

  /** The substitution that Typesafe Config blames. */
  private static @Nullable Origin place(Places places, @Nullable ConfigOrigin blamed) {
    List<Scanned.Substitution> all = places.substitutions();
    return all.stream()
        .map(Scanned.Substitution::origin)
        .filter(
            at ->
                blamed != null && blamed.description().equals(at.file().name() + ": " + at.line()))
        .findFirst()
        .orElse(all.isEmpty() ? null : all.get(0).origin());
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
}
