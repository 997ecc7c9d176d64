package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lineage events of the packaged jar, whose client goes by other names there. */
class OpenLineageIT {
  private static final Path LAUNCHER = Subprocess.root().resolve("jobs/bin/tidemark");
  private static final String KEY = "canary-of-lineage-22";

  @TempDir Path folder;

  private Subprocess tidemark(Map<String, String> variables, String command) {
    Map<String, String> environment = new HashMap<>(variables);
    environment.put("TIDEMARK_HEAP", "2g");
    List<String> line = new ArrayList<>(List.of(LAUNCHER.toString()));
    line.addAll(List.of(command.split(" ", -1)));
    line.addAll(List.of("--project", "shop"));
    return Subprocess.run(folder, environment, line);
  }

  private static List<JsonNode> events(List<String> lines) {
    List<JsonNode> events = lines.stream().map(Cli::parse).toList();
    events.forEach(FacetSchemas::check);
    return events;
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.path("eventType").asText()).toList();
  }

  @Test
  void the_jar_sends_them_by_each_way() throws IOException {
    Path shop = Cli.shop(folder);
    List<String> bodies = new CopyOnWriteArrayList<>();
    List<String> keys = new CopyOnWriteArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/api/v1/lineage",
        exchange -> {
          keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(201, -1);
          exchange.close();
        });
    server.start();
    try {
      Cli.write(
          shop,
          "env/local.conf",
          """
          providers { lake { format = iceberg, warehouse = ".tidemark/warehouse" } }
          lineage { url = "http://127.0.0.1:%d", api-key = ${LINEAGE_KEY} }
          """
              .formatted(server.getAddress().getPort()));
      Subprocess build = tidemark(Map.of("LINEAGE_KEY", KEY), "build fraud.v1 --debug").exits(0);
      assertThat(types(events(bodies))).containsExactly("START", "COMPLETE");
      assertThat(keys).containsOnly("Bearer " + KEY);
      assertThat(build.out() + build.err() + bodies).doesNotContain(KEY);
    } finally {
      server.stop(0);
    }
    Subprocess late = tidemark(Map.of("LINEAGE_KEY", KEY), "build fraud.v1 --debug").exits(0);
    assertThat(late.err()).containsOnlyOnce("warning: lineage events are missing");
    assertThat(late.out() + late.err()).doesNotContain(KEY);

    Files.delete(shop.resolve("env/local.conf"));
    Path file = folder.resolve("by-variables.jsonl");
    tidemark(
            Map.of(
                "OPENLINEAGE__TRANSPORT__TYPE",
                "file",
                "OPENLINEAGE__TRANSPORT__LOCATION",
                file.toString()),
            "build fraud.v1 --head 0")
        .exits(0);
    assertThat(types(events(Files.readAllLines(file)))).containsExactly("START", "COMPLETE");

    tidemark(Map.of(), "build fraud.v1 --head 0").exits(0);
    assertThat(types(events(lines(shop)))).containsExactly("START", "COMPLETE");
  }

  private static List<String> lines(Path shop) throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.walk(shop.resolve(".tidemark/warehouse/_lineage"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines;
  }

  @Test
  void a_run_that_is_told_to_end_is_aborted() throws Exception {
    Path shop = Cli.shop(folder);
    Cli.replace(
        shop,
        "definitions/shop.conf",
        "where = \"status = 'OK'\"",
        "where = \"status = 'OK'\"\n  materialize { every = 1h, start = \"2024-01-01\" }");
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
    command.addAll(
        Arrays.asList(
            ("materialize customer_spend.v1 --start 2024-02-01 --end 2024-04-10 --project " + shop)
                .split(" ", -1)));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(folder.resolve("out").toFile());
    builder.environment().put("TIDEMARK_HEAP", "2g");
    Process process = builder.start();
    try (BufferedReader err = process.errorReader()) {
      String line = err.readLine();
      while (line != null && !line.startsWith("tidemark: computing")) {
        line = err.readLine();
      }
      assertThat(line).isNotNull();
      process.destroy();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(process.exitValue()).isEqualTo(143);
    List<JsonNode> events = events(lines(shop));
    // Of many ticks, several tasks are made, and the command is above them: each that began ended.
    List<String> types = types(events);
    assertThat(types).hasSizeGreaterThanOrEqualTo(4).hasSize(2 * (types.size() / 2));
    for (int i = 0; i < types.size(); i += 2) {
      assertThat(types.subList(i, i + 2)).containsExactly("START", "ABORT");
      assertThat(events.get(i + 1).at("/run/runId")).isEqualTo(events.get(i).at("/run/runId"));
    }
    assertThat(events.get(1).at("/run/facets/errorMessage/message").asText()).isNotEmpty();
  }
}
