package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.plan.Links.Direction;
import dev.tidemark.plan.Links.Link;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Links are followed both ways, and each is told once. */
class LinksTest {
  /** model - set - (view, label) - source; view - source. */
  private static Links links() {
    SortedMap<String, SortedSet<String>> uses = new TreeMap<>();
    uses.put("model", new TreeSet<>(List.of("set")));
    uses.put("set", new TreeSet<>(List.of("label", "view")));
    uses.put("view", new TreeSet<>(List.of("source")));
    uses.put("label", new TreeSet<>(List.of("source")));
    uses.put("source", new TreeSet<>(List.of("table \"raw\"")));
    return new Links(uses);
  }

  @Test
  void a_tree_names_again_what_stands_above_and_does_not_repeat_it() {
    assertThat(String.join("\n", links().tree("model", Direction.UP)))
        .isEqualTo(
            """
            model
            └─ set
               ├─ label
               │  └─ source
               │     └─ table "raw"
               └─ view
                  └─ source (above)""");
    assertThat(String.join("\n", links().tree("source", Direction.DOWN)))
        .isEqualTo(
            """
            source
            ├─ label
            │  └─ set
            │     └─ model
            └─ view
               └─ set (above)""");
  }

  @Test
  void links_point_to_what_is_made() {
    assertThat(links().from(List.of("set"), Direction.UP))
        .containsExactly(
            new Link("label", "set"),
            new Link("view", "set"),
            new Link("source", "label"),
            new Link("source", "view"),
            new Link("table \"raw\"", "source"));
    assertThat(links().from(List.of("set"), Direction.DOWN))
        .containsExactly(new Link("set", "model"));
    assertThat(links().from(List.of("nobody"), Direction.UP)).isEmpty();
  }

  @Test
  void a_diagram_has_every_name_once() {
    assertThat(Links.mermaid(List.of("view"), links().from(List.of("view"), Direction.UP)))
        .isEqualTo(
            """
            flowchart LR
              n0["view"]
              n1["source"]
              n2["table #quot;raw#quot;"]
              n1 --> n0
              n2 --> n1
            """);
  }
}
