package dev.tidemark.definition;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where and how jobs run; defines no feature.
 *
 * @param name such as {@code local}
 * @param providers all, by name
 * @param writeTo the providers that get every offline table, at least one; the first is the one
 *     that is read back
 * @param registry the provider of the registry's tables
 * @param spark Spark settings
 * @param lineage where lineage events go
 */
public record Environment(
    String name,
    List<Provider> providers,
    List<Provider> writeTo,
    Provider registry,
    Map<String, String> spark,
    LineageEvents lineage) {

  /** One that says nothing of lineage events. */
  public Environment(
      String name,
      List<Provider> providers,
      List<Provider> writeTo,
      Provider registry,
      Map<String, String> spark) {
    this(name, providers, writeTo, registry, spark, LineageEvents.UNSAID);
  }

  public Environment {
    providers = List.copyOf(providers);
    writeTo = List.copyOf(writeTo);
    spark = Map.copyOf(spark);
    if (writeTo.isEmpty()) {
      throw new IllegalArgumentException("an environment that writes nowhere");
    }
  }

  /** A text with stars in place of every secret that this environment has. */
  public String withoutSecrets(String text) {
    String without = text;
    String key = lineage.apiKey();
    Map<String, String> ofLineage = key == null ? Map.of() : Map.of("api-key", key);
    for (Map<String, String> settings :
        Stream.concat(providers.stream().map(Provider::options), Stream.of(spark, ofLineage))
            .toList()) {
      without = Secrets.hide(settings, without);
    }
    return without;
  }
}
