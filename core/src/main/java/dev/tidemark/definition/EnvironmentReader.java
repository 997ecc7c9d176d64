package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes an {@link Environment} of an environment file, or the embedded default where there is none.
 */
final class EnvironmentReader {
  /** Keys whose values must come from environment variables. */
  private static final Pattern SECRET =
      Pattern.compile(
          ".*(password|passwd|secret|token|credential|access[.-]?key|account[.-]?key|private[.-]?key).*",
          Pattern.CASE_INSENSITIVE);

  private final Problems problems;

  EnvironmentReader(Problems problems) {
    this.problems = problems;
  }

  /** Iceberg in {@code .tidemark/}: nothing to start. */
  static Environment embedded(String name, Origin origin) {
    Provider lake =
        new Provider(
            "lake",
            Provider.TableFormat.ICEBERG,
            "tidemark",
            ".tidemark/warehouse",
            "features",
            Map.of(),
            origin);
    return new Environment(name, List.of(lake), List.of(lake), lake, Map.of());
  }

  @Nullable Environment read(String name, Node root, Places places) {
    if (!new ShapeCheck(problems).object(Language.ENVIRONMENT, root)) {
      return null;
    }
    Node providersNode = root.get("providers");
    List<Provider> providers = new ArrayList<>();
    if (providersNode != null) {
      providersNode.fields().forEach(node -> providers.add(provider(node, places)));
    }
    Environment embedded = embedded(name, root.origin());
    if (providers.isEmpty()) {
      providers.addAll(embedded.providers());
    }
    List<Provider> writeTo = new ArrayList<>();
    Node writeToNode = root.get("write-to");
    if (writeToNode == null) {
      writeTo.addAll(providers);
    } else {
      for (Node element : writeToNode.elements()) {
        Provider found = find(providers, element);
        if (found != null && !writeTo.contains(found)) {
          writeTo.add(found);
        }
      }
      if (writeToNode.elements().isEmpty()) {
        problems.add(writeToNode.origin(), "`write-to` is empty", "name at least one provider");
      }
    }
    Node registryNode = root.get("registry");
    Provider registry = registryNode == null ? providers.get(0) : find(providers, registryNode);
    Map<String, String> spark = new LinkedHashMap<>();
    Node sparkNode = root.get("spark");
    if (sparkNode != null) {
      settings(sparkNode, List.of(), spark);
      secrets(sparkNode, places, List.of("spark"));
    }
    return writeTo.isEmpty() || registry == null
        ? null
        : new Environment(name, providers, writeTo, registry, spark);
  }

  private @Nullable Provider find(List<Provider> providers, Node name) {
    for (Provider provider : providers) {
      if (provider.name().equals(name.text())) {
        return provider;
      }
    }
    problems.addNearest(
        name.origin(),
        "no provider `%s`".formatted(name.text()),
        name.text(),
        providers.stream().map(Provider::name).toList());
    return null;
  }

  private Provider provider(Node node, Places places) {
    Provider.TableFormat format =
        Provider.TableFormat.valueOf(node.must("format").text().toUpperCase(Locale.ROOT));
    Node catalog = node.get("catalog");
    Node database = node.get("database");
    Node options = node.get("options");
    if (format == Provider.TableFormat.DELTA && catalog != null) {
      if (!catalog.text().equals("spark_catalog")) {
        problems.add(
            catalog.origin(),
            "Delta tables are written by path, under Spark's own catalog",
            "leave `catalog` out");
      }
    }
    if (format == Provider.TableFormat.ICEBERG
        && catalog != null
        && catalog.text().equals("spark_catalog")) {
      problems.add(
          catalog.origin(),
          "`spark_catalog` is Delta's; an Iceberg provider needs a catalog of its own",
          "such as catalog = lake");
    }
    if (options != null) {
      secrets(options, places, List.of("providers", node.name(), "options"));
    }
    return new Provider(
        node.name(),
        format,
        format == Provider.TableFormat.DELTA
            ? "spark_catalog"
            : catalog == null ? node.name() : catalog.text(),
        node.must("warehouse").text(),
        database == null ? "features" : database.text(),
        options == null ? Map.of() : DefinitionsReader.texts(options),
        node.keyOrigin());
  }

  /** Nested and quoted keys alike become dotted ones. */
  private void settings(Node node, List<String> prefix, Map<String, String> into) {
    if (node.isObject()) {
      for (Node field : node.fields()) {
        List<String> path = new ArrayList<>(prefix);
        path.add(field.name());
        settings(field, path, into);
      }
    } else if (node.isScalar()) {
      String key = String.join(".", prefix);
      into.put(key.startsWith("spark.") ? key : "spark." + key, node.text());
    } else {
      problems.add(node.origin(), "a Spark setting is a text, a number, true or false", null);
    }
  }

  private void secrets(Node node, Places places, List<String> path) {
    if (node.isObject()) {
      for (Node field : node.fields()) {
        List<String> longer = new ArrayList<>(path);
        longer.add(field.name());
        secrets(field, places, longer);
      }
    } else if (SECRET.matcher(String.join(".", path)).matches()) {
      Scanned.Value written = places.value(path);
      boolean literal =
          written != null
              && written.parts().stream()
                  .anyMatch(part -> part.match(b -> false, b -> false, s -> false, t -> true));
      if (literal) {
        problems.add(
            node.keyOrigin(),
            "`%s` looks like a secret, and is written in a file".formatted(node.name()),
            "take it from an environment variable: ${?NAME}");
      }
    }
  }
}
