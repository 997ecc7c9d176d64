package dev.tidemark.plan;

import dev.tidemark.definition.Span;
import dev.tidemark.definition.Sql;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a definition means, written so that no two meanings look alike: every part carries its name
 * and its length.
 */
final class Meaning {
  private final StringBuilder out = new StringBuilder();

  Meaning(String kind) {
    out.append(kind);
  }

  Meaning text(String name, @Nullable String value) {
    out.append('|').append(name).append('=');
    if (value == null) {
      out.append('~');
    } else {
      out.append(value.length()).append(':').append(value);
    }
    return this;
  }

  Meaning sql(String name, @Nullable Sql sql) {
    return text(name, sql == null ? null : SqlMeaning.of(sql.text()));
  }

  Meaning span(String name, @Nullable Span span) {
    return text(name, span == null ? null : String.valueOf(span.micros()));
  }

  Meaning flag(String name, boolean value) {
    return text(name, String.valueOf(value));
  }

  Meaning fingerprint(String name, @Nullable Fingerprint fingerprint) {
    return text(name, fingerprint == null ? null : fingerprint.sha256());
  }

  /** Parts whose order means something. */
  <T> Meaning ordered(String name, Collection<T> parts, BiConsumer<Meaning, T> write) {
    text(name, String.valueOf(parts.size()));
    for (T part : parts) {
      text(name, rendered(part, write));
    }
    return this;
  }

  /** Parts whose order means nothing. */
  <T> Meaning unordered(String name, Collection<T> parts, BiConsumer<Meaning, T> write) {
    text(name, String.valueOf(parts.size()));
    List<String> rendered = parts.stream().map(part -> rendered(part, write)).sorted().toList();
    rendered.forEach(part -> text(name, part));
    return this;
  }

  private static <T> String rendered(T part, BiConsumer<Meaning, T> write) {
    Meaning meaning = new Meaning("");
    write.accept(meaning, part);
    return meaning.out.toString();
  }

  Fingerprint hash() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(out.toString().getBytes(StandardCharsets.UTF_8));
      return new Fingerprint(HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
