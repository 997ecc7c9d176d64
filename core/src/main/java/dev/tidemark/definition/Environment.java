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
 */
public record Environment(
    String name,
    List<Provider> providers,
    List<Provider> writeTo,
    Provider registry,
    Map<String, String> spark) {

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
    for (Map<String, String> settings :
        Stream.concat(providers.stream().map(Provider::options), Stream.of(spark)).toList()) {
      without = Secrets.hide(settings, without);
    }
    return without;
  }
}
