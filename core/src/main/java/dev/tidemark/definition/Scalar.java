package dev.tidemark.definition;

import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kinds of scalar in definition files: what each accepts, and what it reads of a text. */
enum Scalar {
  TEXT("text"),
  SQL("Spark SQL"),
  NAME("a name of letters, digits and underscores, not beginning with a digit"),
  COLUMN("a column's name"),
  FEATURE("a feature such as customer_spend.v1 or customer_spend.v1.spend_7d"),
  BOOLEAN("true or false"),
  INTEGER("a whole number"),
  NUMBER("a number"),
  DURATION("a duration such as 15m, 6h or 7d (units us, ms, s, m, h, d, w)"),
  WINDOW("a duration such as 7d, or `unbounded`"),
  INSTANT("an instant such as 2024-05-01 or 2024-05-01T12:00:00Z"),
  TIME_ZONE("a time zone such as America/New_York or UTC"),
  TYPE("a Spark SQL type such as bigint or decimal(12,2)");

  private static final class Patterns {
    static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
    static final Pattern FEATURE =
        Pattern.compile(
            "[A-Za-z_][A-Za-z0-9_]{0,127}\\.[A-Za-z_][A-Za-z0-9_]{0,127}(\\.[A-Za-z_][A-Za-z0-9_]{0,255})?");
    static final Pattern DURATION = Pattern.compile("([1-9]\\d{0,17})\\s*(us|ms|s|m|h|d|w)");
  }

  private static final Map<String, Long> UNIT_MICROS =
      Map.of(
          "us", 1L,
          "ms", 1_000L,
          "s", 1_000_000L,
          "m", 60_000_000L,
          "h", 3_600_000_000L,
          "d", 86_400_000_000L,
          "w", 604_800_000_000L);

  /** Longer than any history, and far from overflow when taken from a timestamp. */
  private static final BigInteger MOST_MICROS =
      BigInteger.valueOf(UNIT_MICROS.getOrDefault("d", 0L)).multiply(BigInteger.valueOf(3_652_425));

  private final String expected;

  Scalar(String expected) {
    this.expected = expected;
  }

  /** Follows "must be", as in: a duration such as 7d. */
  String expected() {
    return expected;
  }

  /** The value that a text says, or nothing where it is not of this kind. */
  Optional<?> read(String text) {
    return switch (this) {
      case TEXT -> Optional.of(text);
      case SQL, COLUMN, TYPE -> text.isBlank() ? Optional.empty() : Optional.of(text);
      case NAME -> matching(Patterns.NAME, text);
      case FEATURE -> matching(Patterns.FEATURE, text);
      case BOOLEAN ->
          switch (text) {
            case "true", "yes", "on" -> Optional.of(Boolean.TRUE);
            case "false", "no", "off" -> Optional.of(Boolean.FALSE);
            default -> Optional.empty();
          };
      case INTEGER -> integer(text);
      case NUMBER -> number(text);
      case DURATION -> duration(text);
      case WINDOW -> text.equals("unbounded") ? Optional.of(text) : duration(text);
      case INSTANT -> instant(text);
      case TIME_ZONE -> timeZone(text);
    };
  }

  private static Optional<String> matching(Pattern pattern, String text) {
    return pattern.matcher(text).matches() ? Optional.of(text) : Optional.empty();
  }

  private static Optional<Long> integer(String text) {
    try {
      return Optional.of(Long.valueOf(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<Double> number(String text) {
    try {
      double number = Double.parseDouble(text);
      return Double.isFinite(number) ? Optional.of(number) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<ZoneId> timeZone(String text) {
    try {
      return Optional.of(ZoneId.of(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<Duration> duration(String text) {
    Matcher matcher = Patterns.DURATION.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    BigInteger micros =
        new BigInteger(matcher.group(1))
            .multiply(BigInteger.valueOf(UNIT_MICROS.getOrDefault(matcher.group(2), 0L)));
    if (micros.signum() <= 0 || micros.compareTo(MOST_MICROS) > 0) {
      return Optional.empty();
    }
    long exact = micros.longValueExact();
    return Optional.of(Duration.ofSeconds(exact / 1_000_000, exact % 1_000_000 * 1_000));
  }

  private static Optional<Instant> instant(String text) {
    try {
      Instant instant =
          text.matches("\\d{4}-\\d{2}-\\d{2}")
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              : OffsetDateTime.parse(text).toInstant();
      int year = instant.atZone(ZoneOffset.UTC).getYear();
      return year >= 1 && year <= 9999 && instant.equals(instant.truncatedTo(ChronoUnit.MICROS))
          ? Optional.of(instant)
          : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
