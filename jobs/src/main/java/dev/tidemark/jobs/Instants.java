package dev.tidemark.jobs;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import picocli.CommandLine.TypeConversionException;

/** Instants as options have them: with an offset, or a date for its first instant UTC. */
final class Instants {
  private Instants() {}

  static Instant parse(String text) {
    try {
      return text.length() == 10
          ? LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC)
          : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new TypeConversionException(
          "`%s` is no instant; write 2024-03-01T00:00:00Z, or 2024-03-01 for midnight UTC"
              .formatted(text));
    }
  }
}
