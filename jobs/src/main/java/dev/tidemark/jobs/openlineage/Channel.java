package dev.tidemark.jobs.openlineage;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.tidemark.definition.LineageEvents;
import io.openlineage.client.Clients;
import io.openlineage.client.OpenLineageClient;
import io.openlineage.client.OpenLineageClientUtils;
import io.openlineage.client.OpenLineageConfig;
import io.openlineage.client.transports.ApiKeyTokenProvider;
import io.openlineage.client.transports.HttpConfig;
import io.openlineage.client.transports.HttpTransport;
import io.openlineage.client.transports.Transport;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How events leave: as the environment's file says; or else as the variables say by which all
 * clients of OpenLineage are configured; or else into files.
 */
final class Channel {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final String ENDPOINT = "api/v1/lineage";

  private Channel() {}

  /**
   * What makes the client, or nothing where no events are wanted. Nothing is looked up or opened
   * until the client is made, which throws what the client throws.
   *
   * @param files the transport of the default
   */
  static Optional<Supplier<OpenLineageClient>> of(
      LineageEvents settings, Map<String, String> variables, Supplier<Transport> files) {
    if (Boolean.parseBoolean(variables.get("OPENLINEAGE_DISABLED"))
        || settings.transport() == LineageEvents.Transport.NONE) {
      return Optional.empty();
    }
    if (settings.transport() == LineageEvents.Transport.HTTP) {
      Duration timeout = settings.timeout();
      return Optional.of(
          () ->
              http(
                  String.valueOf(settings.url()),
                  settings.endpoint(),
                  settings.apiKey(),
                  timeout == null ? TIMEOUT : timeout));
    }
    if (settings.transport() == LineageEvents.Transport.FILE) {
      return Optional.of(() -> client(files.get()));
    }
    return Optional.of(byVariables(variables, files));
  }

  private static Supplier<OpenLineageClient> byVariables(
      Map<String, String> variables, Supplier<Transport> files) {
    String config = variables.getOrDefault("OPENLINEAGE_CONFIG", "");
    if (!config.isBlank()) {
      return () ->
          Clients.newClient(
              OpenLineageClientUtils.loadOpenLineageConfigYaml(
                  () -> List.of(Path.of(config)), new TypeReference<OpenLineageConfig<?>>() {}));
    }
    if (variables.keySet().stream().anyMatch(name -> name.startsWith("OPENLINEAGE__TRANSPORT"))) {
      return () ->
          Clients.newClient(
              OpenLineageClientUtils.loadOpenLineageConfigFromEnvVars(
                  new TypeReference<OpenLineageConfig<?>>() {}));
    }
    String url = variables.getOrDefault("OPENLINEAGE_URL", "");
    return url.isBlank()
        ? () -> client(files.get())
        : () ->
            http(
                url,
                variables.get("OPENLINEAGE_ENDPOINT"),
                variables.get("OPENLINEAGE_API_KEY"),
                TIMEOUT);
  }

  private static OpenLineageClient http(
      String url, @Nullable String endpoint, @Nullable String apiKey, Duration timeout) {
    HttpConfig config = new HttpConfig();
    config.setUrl(URI.create(url));
    config.setEndpoint(endpoint == null ? ENDPOINT : endpoint);
    config.setTimeoutInMillis(Math.toIntExact(timeout.toMillis()));
    if (apiKey != null && !apiKey.isBlank()) {
      ApiKeyTokenProvider token = new ApiKeyTokenProvider();
      token.setApiKey(apiKey);
      config.setAuth(token);
    }
    return client(new HttpTransport(config));
  }

  private static OpenLineageClient client(Transport transport) {
    return OpenLineageClient.builder().transport(transport).build();
  }
}
