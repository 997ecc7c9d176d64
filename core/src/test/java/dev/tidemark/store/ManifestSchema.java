package dev.tidemark.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Set;

/** The schema that is shipped, and what it says of documents. */
public final class ManifestSchema {
  private ManifestSchema() {}

  /** What is wrong with a document; nothing for a manifest. */
  public static Set<ValidationMessage> validate(JsonNode document) {
    try (InputStream schema =
        ManifestSchema.class.getResourceAsStream("tidemark-manifest.schema.json")) {
      assertThat(schema).isNotNull();
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(schema)
          .validate(
              document, context -> context.getExecutionConfig().setFormatAssertionsEnabled(true));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
