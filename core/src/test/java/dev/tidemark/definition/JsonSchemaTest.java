package dev.tidemark.definition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import dev.tidemark.testkit.Golden;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSchemaTest {
  private static final String SHIPPED = "../../../main/resources/dev/tidemark/definition/";

  @Test
  void the_shipped_schemas_are_those_of_the_language() {
    Golden.check(SHIPPED + "tidemark.schema.json", JsonSchema.definitions());
    Golden.check(SHIPPED + "tidemark-environment.schema.json", JsonSchema.environment());
    Golden.check(SHIPPED + "tidemark-policy.schema.json", JsonSchema.policy());
  }

  @Test
  void the_design_example_is_valid() throws JsonProcessingException {
    String json =
        json(
            ConfigFactory.parseFile(
                Path.of("src/test/resources/design/definitions/design.conf").toFile()));
    assertThat(validate(JsonSchema.definitions(), json)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "source.a.v1 { table = t, event-time = t }",
        "sources.a.v1 { table = t, event-time = t, ownr = me }",
        "sources.a.v1 { table = t }",
        "sources.a.v1 { table = t, path = p, format = csv, event-time = t }",
        "sources.a.v1 { table = t, event-time = t, delay = seven days }",
        "sources.a.v1 { table = t, event-time = t, schema { a = int } }",
        "sources.a { table = t, event-time = t }",
        "sources.a-b.v1 { table = t, event-time = t }",
        "entities.a { keys { } }",
        "feature-views.a.v1 { entity = a, source = labels.b.v1, features { x { value = y } } }",
        "feature-views.a.v1 { entity = a, source = sources.b.v1, features { x { value = y, by = z } } }",
        "feature-views.a.v1 { entity = a, source = sources.b.v1, features { x { valu = y } } }",
        "training-sets.a.v1 { features = [b.v1] }",
        "training-sets.a.v1 { label = labels.b.v1, features = [{ view = b.v1, prefix = p, as = q }] }"
      })
  void what_the_reader_refuses_is_invalid(String text) throws JsonProcessingException {
    assertThat(validate(JsonSchema.definitions(), json(ConfigFactory.parseString(text))))
        .isNotEmpty();
  }

  @Test
  void an_environment_is_validated_too() throws JsonProcessingException {
    String right =
        """
        providers { lake { format = iceberg, warehouse = w, options { a.b = c } } }
        write-to = [lake], registry = lake, spark { "spark.ui.enabled" = false, a { b = 8 } }
        """;
    assertThat(validate(JsonSchema.environment(), json(ConfigFactory.parseString(right))))
        .isEmpty();
    assertThat(
            validate(
                JsonSchema.environment(),
                json(ConfigFactory.parseString(right.replace("format", "fromat")))))
        .isNotEmpty();
  }

  private static String json(com.typesafe.config.Config config) {
    return config
        .resolve(ConfigResolveOptions.noSystem())
        .root()
        .render(ConfigRenderOptions.concise());
  }

  private static Set<ValidationMessage> validate(String schema, String json)
      throws JsonProcessingException {
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
        .getSchema(schema)
        .validate(new ObjectMapper().readTree(json));
  }
}
