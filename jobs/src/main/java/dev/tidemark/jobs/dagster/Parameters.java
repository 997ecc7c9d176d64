package dev.tidemark.jobs.dagster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.zip.InflaterInputStream;

/** Parameters as Dagster hands them over: JSON, deflated by zlib, in Base64. */
final class Parameters {
  /** More than any context has; what claims to be larger is none. */
  private static final int MOST_BYTES = 64 << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  private Parameters() {}

  /**
   * An object of parameters.
   *
   * @throws IOException if it is none
   */
  static JsonNode decode(String encoded) throws IOException {
    byte[] deflated;
    try {
      deflated = Base64.getDecoder().decode(encoded.strip());
    } catch (IllegalArgumentException e) {
      throw new IOException("it is not Base64", e);
    }
    try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(deflated))) {
      return object(in.readNBytes(MOST_BYTES));
    }
  }

  /**
   * A JSON object.
   *
   * @throws IOException if it is none
   */
  static JsonNode object(byte[] json) throws IOException {
    JsonNode read = JSON.readTree(json);
    if (read == null || !read.isObject()) {
      throw new IOException("it is no JSON object");
    }
    return read;
  }

  /** A value as one line of JSON. */
  static String line(Object value) throws IOException {
    return JSON.writeValueAsString(value);
  }
}
