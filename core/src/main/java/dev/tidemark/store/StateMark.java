package dev.tidemark.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.StateCoverage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a commit to a state's table says of itself: beside the properties of a {@link CommitMark},
 * under {@code tidemark.state}, what the whole table holds from then on, as a JSON object.
 */
final class StateMark {
  private static final String STATE = "tidemark.state";
  private static final ObjectMapper JSON = new ObjectMapper();

  private StateMark() {}

  static Map<String, String> properties(CommitMark mark, StateCoverage coverage) {
    Map<String, String> properties = new LinkedHashMap<>(mark.properties());
    properties.put(STATE, json(coverage));
    return properties;
  }

  private static String json(StateCoverage coverage) {
    ObjectNode json = JSON.createObjectNode();
    json.put("made", coverage.made());
    json.put("from", text(coverage.from()));
    json.put("through", text(coverage.through()));
    json.put("base", text(coverage.base()));
    ArrayNode inputs = json.putArray("inputs");
    for (InputSnapshot input : coverage.inputs()) {
      inputs
          .addObject()
          .put("source", input.source().toString())
          .put("location", input.location())
          .put("kind", input.kind().name())
          .put("id", input.id());
    }
    return json.toString();
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }

  /** What the table holds after a commit; nothing if it does not say. */
  static Optional<StateCoverage> of(PastCommit commit) {
    String text = commit.mark().get(STATE);
    if (text == null) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(text);
      List<InputSnapshot> inputs = new ArrayList<>();
      for (JsonNode input : json.path("inputs")) {
        inputs.add(
            new InputSnapshot(
                ResourceName.of(input.path("source").asText()),
                input.path("location").asText(),
                InputSnapshot.Kind.valueOf(input.path("kind").asText()),
                input.path("id").asText()));
      }
      return Optional.of(
          new StateCoverage(
              json.path("made").asText(),
              inputs,
              instant(json.path("from")),
              Instant.parse(json.path("through").asText()),
              instant(json.path("base"))));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not the mark of a state: " + text, e);
    }
  }

  private static @Nullable Instant instant(JsonNode json) {
    return json.isTextual() ? Instant.parse(json.asText()) : null;
  }
}
