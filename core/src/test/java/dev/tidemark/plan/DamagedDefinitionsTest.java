package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.tidemark.definition.DefinitionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Definitions in which words have changed places: planned, or refused with places, never broken.
 */
class DamagedDefinitionsTest {
  private static final int CASES = 600;
  private static final Pattern WORD = Pattern.compile("[a-z][a-z_0-9-]*(\\.[a-z_0-9]+)*");
  @TempDir Path folder;

  private static final String SETS =
      """
      feature-views.daily.v1 {
        entity = customer, sources = [transformations.daily.v1, sources.visits.v1], keys { customer_id = buyer_id }
        features { total { aggregate = "sum(total)", windows = [7d, unbounded] }, latest { value = total } }
        materialize { every = 1d, start = "2024-01-01" }
      }
      transformations.again.v1 { inputs { d = transformations.daily.v1 }, sql = "SELECT * FROM d", event-time = day }
      training-sets.a.v1 {
        label = labels.fraud.v1
        features = [spend.v1, { feature = daily.v1.total, lag = 1d, prefix = old }, { view = shop_facts.v1, keys { region = r, shop_id = s } }]
        split { by = time, test-from = "2024-05-01", embargo = 7d }
      }
      training-sets.b.v1 {
        spine { source = transformations.again.v1, entities = [customer, shop], keep = [total] }
        label = labels.churned.v1, features = [daily.v1.latest, shop_facts.v1]
        derived { ratio = "total / latest" }
        split { by = entity, entity = shop, test = 0.1 }
      }
      """;

  @Test
  void definitions_are_planned_or_refused_with_a_place() throws IOException {
    String shop = Files.readString(Path.of("src", "test", "resources", "plan", "shop.conf"));
    String text = shop + SETS;
    List<MatchResult> words = WORD.matcher(text).results().toList();
    int planned = 0;
    for (int seed = 0; seed < CASES; seed++) {
      String damaged = damaged(text, words, new Random(seed));
      try {
        Graph graph = PlanProject.of(folder, damaged).graph();
        assertThat(plans(graph)).isNotEmpty();
        planned++;
      } catch (DefinitionException refusal) {
        assertThat(refusal.problems()).isNotEmpty();
      } catch (RuntimeException broken) {
        fail("seed %d broke on\n%s".formatted(seed, damaged), broken);
      }
    }
    assertThat(planned).isBetween(1, CASES - 1);
  }

  /** The text with one word in the place of another. */
  private static String damaged(String text, List<MatchResult> words, Random random) {
    MatchResult out = words.get(random.nextInt(words.size()));
    MatchResult in = words.get(random.nextInt(words.size()));
    return text.substring(0, out.start()) + in.group() + text.substring(out.end());
  }

  private static String plans(Graph graph) {
    Interval day =
        new Interval(Instant.parse("2024-01-01T00:00:00Z"), Instant.parse("2024-01-02T00:00:00Z"));
    return PlanText.of(Planner.build(graph, PlanProject.environment(), List.of(), null))
        + PlanText.of(Planner.materialize(graph, PlanProject.environment(), List.of(), day));
  }
}
