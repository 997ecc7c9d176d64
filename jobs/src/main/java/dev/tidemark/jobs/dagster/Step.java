package dev.tidemark.jobs.dagster;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What Dagster says of the step that runs this process.
 *
 * @param assetKeys the assets that it is to materialize, as Dagster writes keys: parts with {@code
 *     /} between them
 * @param assets of its extras, {@code tidemark_assets}: which asset a resource of Tidemark is
 * @param checks of its extras, {@code tidemark_checks}: the asset checks that the asset declares;
 *     to report another would fail the step
 */
record Step(List<String> assetKeys, Map<String, String> assets, Set<String> checks) {
  /** Of which nothing is known. */
  static final Step UNKNOWN = new Step(List.of(), Map.of(), Set.of());

  Step {
    assetKeys = List.copyOf(assetKeys);
    assets = Map.copyOf(assets);
    checks = Set.copyOf(checks);
  }

  /**
   * Reads the context, from a file or from the parameters themselves.
   *
   * @throws IOException if it can't be read
   */
  static Step of(JsonNode parameters) throws IOException {
    JsonNode context;
    if (parameters.path("path").isTextual()) {
      context = Parameters.object(Files.readAllBytes(Path.of(parameters.path("path").asText())));
    } else if (parameters.path("data").isObject()) {
      context = parameters.path("data");
    } else {
      throw new IOException("it has neither `path` nor `data`");
    }
    List<String> keys = new ArrayList<>();
    context.path("asset_keys").forEach(key -> keys.add(key.asText()));
    JsonNode extras = context.path("extras");
    Map<String, String> assets = new LinkedHashMap<>();
    extras
        .path("tidemark_assets")
        .properties()
        .forEach(asset -> assets.put(asset.getKey(), asset.getValue().asText()));
    Set<String> checks = new TreeSet<>();
    extras.path("tidemark_checks").forEach(check -> checks.add(check.asText()));
    return new Step(keys, assets, checks);
  }

  /**
   * The asset that a resource is: the one that the extras name; else the only one; else the one
   * whose last part is the table's name.
   *
   * @param resource such as {@code feature-views.spend.v1}
   * @return null if none of the step's assets is
   */
  @Nullable String asset(String resource) {
    String named = assets.get(resource);
    if (named != null) {
      return assetKeys.contains(named) ? named : null;
    }
    if (assetKeys.size() == 1) {
      return assetKeys.get(0);
    }
    String table = resource.substring(resource.indexOf('.') + 1).replace('.', '_');
    return assetKeys.stream()
        .filter(key -> key.equals(table) || key.endsWith("/" + table))
        .findFirst()
        .orElse(null);
  }
}
