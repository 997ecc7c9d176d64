package dev.tidemark.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole bench in small. */
@Tag("slow")
class BenchSmokeTest {
  @Test
  void every_rival_agrees_with_tidemark_row_by_row(@TempDir Path folder) throws IOException {
    Path json = folder.resolve("results.json");
    Path markdown = folder.resolve("results.md");

    int exit =
        Bench.run(
            "--smoke",
            "--data",
            folder.resolve("data").toString(),
            "--out",
            json.toString(),
            "--markdown",
            markdown.toString());

    assertThat(exit).as(Files.readString(markdown)).isZero();
    JsonNode results = new ObjectMapper().readTree(json.toFile());
    assertThat(results.get("cells").valueStream().map(cell -> cell.get("workload").asText()))
        .containsExactlyElementsOf(Arrays.stream(Workload.values()).map(Workload::label).toList());
    for (JsonNode cell : results.get("cells")) {
      assertCell(cell);
    }
    assertThat(Files.readString(markdown)).contains("**windows, 200 keys**", "| tidemark |");
  }

  private static void assertCell(JsonNode cell) {
    String name = cell.get("workload").asText();
    List<JsonNode> times = cell.get("times").valueStream().toList();
    assertThat(times).as(name).isNotEmpty();
    for (JsonNode each : times) {
      assertThat(each.get("outcome").asText()).as(name).isEqualTo("MEASURED");
      assertThat(each.get("seconds").size()).as(name).isEqualTo(1);
      assertThat(each.get("median").asDouble()).as(name).isPositive();
    }
    assertThat(cell.get("agreements")).as(name).isNotEmpty();
    for (JsonNode each : cell.get("agreements")) {
      assertThat(each.get("rows").asLong()).as(name).isEqualTo(cell.get("spineRows").asLong());
      assertThat(each.get("missing").asLong()).as(name).isZero();
      assertThat(each.get("mismatches").asLong()).as(name).isZero();
    }
    if (!name.startsWith("double-") && !name.equals("hot-key")) {
      assertThat(cell.get("agreements").valueStream().map(each -> engine(each)).distinct())
          .as(name)
          .containsExactly("tidemark", "spark", "duckdb");
    }
  }

  private static String engine(JsonNode each) {
    return each.get("formulation").asText().split("[ ,]", 2)[0];
  }
}
