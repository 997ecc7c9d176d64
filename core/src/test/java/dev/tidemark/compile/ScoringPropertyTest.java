package dev.tidemark.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Project;
import dev.tidemark.pit.Engine;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.KeysFile;
import dev.tidemark.plan.Planner;
import dev.tidemark.plan.Task;
import dev.tidemark.testkit.FeatureStory;
import dev.tidemark.testkit.SparkTest;
import dev.tidemark.testkit.TextTable;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/**
 * No skew between training and serving: what a training set has in a row is what scoring computes
 * for the same keys and T, whatever rules its views and selections have.
 */
@SparkTest
class ScoringPropertyTest {
  private static final int SEEDS = Integer.getInteger("tidemark.scoring.seeds", 4);

  private final SparkSession session;

  ScoringPropertyTest(SparkSession session) {
    this.session = session;
  }

  @Test
  void scored_rows_are_rows_of_the_training_set() {
    int rows = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      rows += sameRows(seed);
    }
    assertThat(rows).isGreaterThan(SEEDS * 4);
  }

  private int sameRows(long seed) {
    FeatureStory story = new FeatureStory(session);
    RandomViews views = new RandomViews(session, story, seed, 3);
    story.define(
        views.definitions()
            + views.view("v2")
            + """
            sources.asked.v1 { path = "asked.csv", format = csv, event-time = t
              schema { who = bigint, other = bigint, t = timestamp, note = string, size = "decimal(9,2)" } }
            training-sets.t.v1 {
              spine { source = sources.asked.v1, entity = thing, keys { k = who }, keep = [note, size] }
              features = [
                v.v1
                { view = v.v1, lag = 1h, prefix = earlier }
                { view = v.v1, keys { k = other }, prefix = other }
                { view = v.v2, prefix = second }
                { view = v.v2, keys { k = other }, lag = 90m, prefix = other_earlier }
              ]
              derived { share = "size / nullif(seen_2h, 0)", later = "date_trunc('DAY', event_time)" }
              split { by = random, test = 0.5, seed = 3 }
            }
            """);
    views.addEvents();
    views.addEvents();
    Instant same = views.time(6);
    StringBuilder asked = new StringBuilder("who,other,t,note,size\n");
    StringBuilder ownTimes = new StringBuilder("size,other,event_time,note,k\n");
    StringBuilder oneTime = new StringBuilder("other,k,size,note\n");
    int rows = 4 + views.random.nextInt(6);
    for (int i = 0; i < rows; i++) {
      String who = key(views);
      String other = key(views);
      String size = views.random.nextInt(9) + ".25";
      String time = (views.random.nextInt(3) == 0 ? same : views.time(6)).toString();
      asked.append("%s,%s,%s,r%d,%s\n".formatted(who, other, time, i % 3, size));
      ownTimes.append("%s,%s,%s,r%d,%s\n".formatted(size, other, time, i % 3, who));
      if (time.equals(same.toString())) {
        oneTime.append("%s,%s,%s,r%d\n".formatted(other, who, size, i % 3));
      }
    }
    story.file("asked.csv", asked.toString());
    story.file("own.csv", ownTimes.toString());
    story.file("one.csv", oneTime.toString());
    Dataset<Row> trained = trained(story).drop("split").localCheckpoint();
    String why = "seed " + seed;
    Instant late = Instant.parse("2024-04-01T00:00:00Z");
    assertThat(TextTable.format(scored(story, "own.csv", late)))
        .as(why)
        .isEqualTo(TextTable.format(trained));
    assertThat(TextTable.format(scored(story, "one.csv", same)))
        .as(why)
        .isEqualTo(TextTable.format(trained.where("event_time = timestamp'%s'".formatted(same))));
    return rows;
  }

  private static String key(RandomViews views) {
    int key = views.random.nextInt(5);
    return key == 0 ? "" : String.valueOf(key);
  }

  private Compiler compiler(FeatureStory story, Graph graph) {
    return new Compiler(session, story.folder(), graph, Engine.of(session));
  }

  private Dataset<Row> trained(FeatureStory story) {
    Graph graph = Graph.of(story.project().definitions());
    return compiler(story, graph)
        .trainingSet(graph.trainingSets().values().iterator().next(), null, PinnedSources.current())
        .joined()
        .within(null);
  }

  private Dataset<Row> scored(FeatureStory story, String file, Instant asOf) {
    Project project = story.project();
    Graph graph = Graph.of(project.definitions());
    KeysFile keys = KeysFile.of(story.folder().resolve(file).toUri().toString()).orElseThrow();
    Task.ScoreKeys task =
        Planner.score(graph, project.environment(), List.of("t.v1"), asOf, keys)
            .tasks()
            .get(0)
            .match(b -> null, m -> null, l -> null, score -> score);
    return compiler(story, graph).scoring(task, PinnedSources.current()).joined().within(null);
  }
}
