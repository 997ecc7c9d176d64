package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes an {@link Environment} of an environment file, or the embedded default where there is none.
 */
final class EnvironmentReader {
  private static final String SPARK_CATALOG = "spark_catalog";
  private static final String FROM_VARIABLE = "take it from an environment variable: ${?NAME}";

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

  @Nullable Environment read(String name, Node root) {
    if (!new ShapeCheck(problems).object(Language.ENVIRONMENT, root)) {
      return null;
    }
    Node providersNode = root.get("providers");
    List<Provider> providers = new ArrayList<>();
    if (providersNode != null) {
      for (Node node : providersNode.fields()) {
        Provider provider = provider(node);
        apart(provider, node, providers);
        providers.add(provider);
      }
    }
    if (providers.isEmpty()) {
      providers.addAll(embedded(name, root.origin()).providers());
    }
    List<Provider> writeTo = new ArrayList<>();
    Node writeToNode = root.get("write-to");
    if (writeToNode == null) {
      writeTo.addAll(providers);
    } else {
      for (Node element : writeToNode.elements()) {
        Provider found = find(providers, element);
        if (found != null && writeTo.contains(found)) {
          problems.add(
              element.origin(), "provider `%s` twice".formatted(found.name()), "name it once");
        } else if (found != null) {
          writeTo.add(found);
        }
      }
    }
    Node registryNode = root.get("registry");
    Provider registry = registryNode == null ? providers.get(0) : find(providers, registryNode);
    Map<String, String> spark = spark(root);
    LineageEvents lineage = lineage(root.get("lineage"));
    return writeTo.isEmpty() || registry == null
        ? null
        : new Environment(name, providers, writeTo, registry, spark, lineage);
  }

  private LineageEvents lineage(@Nullable Node node) {
    if (node == null) {
      return LineageEvents.UNSAID;
    }
    Secrets.refuse(node, problems, FROM_VARIABLE);
    Node said = node.get("transport");
    Node url = node.get("url");
    LineageEvents.Transport transport =
        said != null
            ? LineageEvents.Transport.valueOf(said.text().toUpperCase(Locale.ROOT))
            : url != null
                ? LineageEvents.Transport.HTTP
                : node.get("location") != null ? LineageEvents.Transport.FILE : null;
    if (transport == LineageEvents.Transport.HTTP && url == null) {
      problems.add(
          node.keyOrigin(), "no `url` to send to", "such as url = \"http://marquez:5000\"");
    }
    if (url != null && !url.text().matches("https?://.+")) {
      problems.add(
          url.origin(),
          "`%s` is no address of a server".formatted(url.text()),
          "such as url = \"http://marquez:5000\"");
    }
    fits(node, transport, LineageEvents.Transport.HTTP, "url", "endpoint", "api-key", "timeout");
    fits(node, transport, LineageEvents.Transport.FILE, "location");
    Node timeout = node.get("timeout");
    return new LineageEvents(
        transport,
        text(node, "location"),
        text(node, "url"),
        text(node, "endpoint"),
        text(node, "api-key"),
        timeout == null ? null : timeout.span().duration(),
        text(node, "namespace"));
  }

  private static @Nullable String text(Node node, String key) {
    Node found = node.get(key);
    return found == null ? null : found.text();
  }

  /** What belongs to one transport says nothing under another. */
  private void fits(
      Node node,
      LineageEvents.@Nullable Transport transport,
      LineageEvents.Transport only,
      String... keys) {
    for (String key : keys) {
      Node found = node.get(key);
      if (found != null && transport != only) {
        problems.add(
            found.keyOrigin(),
            "`%s` is for transport = %s".formatted(key, only.name().toLowerCase(Locale.ROOT)),
            "leave it out, or choose that transport");
      }
    }
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

  private Provider provider(Node node) {
    Provider.TableFormat format =
        Provider.TableFormat.valueOf(node.must("format").text().toUpperCase(Locale.ROOT));
    boolean delta = format == Provider.TableFormat.DELTA;
    Node catalog = node.get("catalog");
    if (catalog != null && delta && !catalog.text().equals(SPARK_CATALOG)) {
      problems.add(
          catalog.origin(),
          "Delta tables are found by path, or in Spark's own catalog",
          "leave `catalog` out, or write catalog = %s".formatted(SPARK_CATALOG));
    }
    if (catalog != null && !delta && catalog.text().equals(SPARK_CATALOG)) {
      problems.add(
          catalog.origin(),
          "`%s` is Delta's; an Iceberg provider needs a catalog of its own"
              .formatted(SPARK_CATALOG),
          "such as catalog = lake");
    }
    Node options = node.get("options");
    if (options != null && delta) {
      problems.add(
          options.keyOrigin(),
          "a Delta provider takes no options",
          "settings of Spark and of file systems are written under `spark`");
    }
    Secrets.refuse(options, problems, FROM_VARIABLE);
    Node database = node.get("database");
    return new Provider(
        node.name(),
        format,
        catalog != null ? catalog.text() : delta ? null : node.name(),
        node.must("warehouse").text(),
        database == null ? "features" : database.text(),
        Parts.texts(node, "options"),
        node.keyOrigin());
  }

  /** Two providers in one place would write over each other's tables. */
  private void apart(Provider provider, Node node, List<Provider> others) {
    for (Provider other : others) {
      boolean sameCatalog =
          provider.format() == other.format()
              && provider.catalog() != null
              && provider.catalog().equals(other.catalog());
      if (sameCatalog && provider.format() == Provider.TableFormat.ICEBERG) {
        problems.add(
            node.keyOrigin(),
            "the providers `%s` and `%s` have the same catalog `%s`"
                .formatted(other.name(), provider.name(), provider.catalog()),
            "give each a catalog of its own");
      } else if (sameCatalog && provider.database().equals(other.database())) {
        problems.add(
            node.keyOrigin(),
            "the providers `%s` and `%s` have the same catalog `%s` and database `%s`"
                .formatted(other.name(), provider.name(), provider.catalog(), provider.database()),
            "give each a database of its own");
      } else if (provider.warehouse().equals(other.warehouse())
          && provider.database().equals(other.database())) {
        problems.add(
            node.must("warehouse").origin(),
            "the providers `%s` and `%s` have the same warehouse and database"
                .formatted(other.name(), provider.name()),
            "give each a place of its own");
      }
    }
  }

  private Map<String, String> spark(Node root) {
    Map<String, String> spark = new LinkedHashMap<>();
    Node node = root.get("spark");
    if (node == null) {
      return spark;
    }
    Secrets.refuse(node, problems, FROM_VARIABLE);
    for (Node.Setting setting : node.settings()) {
      String key = setting.key().startsWith("spark.") ? setting.key() : "spark." + setting.key();
      if (key.equals("spark.sql.session.timeZone")) {
        problems.add(
            setting.value().keyOrigin(),
            "the session's time zone is always UTC",
            "leave it out; a source in another zone says so with `time-zone`");
      } else if (spark.put(key, setting.value().text()) != null) {
        problems.add(
            setting.value().keyOrigin(),
            "`%s` is written twice".formatted(key),
            "keep one of them");
      }
    }
    return spark;
  }
}
