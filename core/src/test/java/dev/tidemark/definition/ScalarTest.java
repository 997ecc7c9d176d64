package dev.tidemark.definition;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScalarTest {
  @ParameterizedTest
  @CsvSource({
    "1us, PT0.000001S",
    "250ms, PT0.25S",
    "90s, PT1M30S",
    "15m, PT15M",
    "6h, PT6H",
    "7d, PT168H",
    "2w, PT336H",
    "7 d, PT168H",
    "3652425d, PT87658200H"
  })
  void a_duration_is_a_positive_whole_number_and_a_unit(String text, Duration duration) {
    assertThat(read(Scalar.DURATION, text)).hasValue(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "d",
        "7",
        "0d",
        "-7d",
        "+7d",
        "1.5h",
        "07d",
        "7 days",
        "7D",
        "1y",
        "1mo",
        "3652426d",
        "999999999999999999w",
        "99999999999999999999us",
        "٧d",
        "7d7h",
        "unbounded"
      })
  void anything_else_is_no_duration(String text) {
    assertThat(read(Scalar.DURATION, text)).isEmpty();
  }

  @Test
  void a_window_may_be_unbounded() {
    assertThat(read(Scalar.WINDOW, "unbounded")).isPresent();
    assertThat(read(Scalar.WINDOW, "7d")).hasValue(Duration.ofDays(7));
    assertThat(read(Scalar.WINDOW, "0d")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "2024-05-01, 2024-05-01T00:00:00Z",
    "2024-05-01T12:00:00Z, 2024-05-01T12:00:00Z",
    "2024-05-01T12:00Z, 2024-05-01T12:00:00Z",
    "2024-05-01T12:00:00+02:00, 2024-05-01T10:00:00Z",
    "2024-05-01T12:00:00.123456Z, 2024-05-01T12:00:00.123456Z",
    "0001-01-01, 0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z, 9999-12-31T23:59:59.999999Z"
  })
  void an_instant_is_a_date_or_has_a_zone(String text, Instant instant) {
    assertThat(read(Scalar.INSTANT, text)).hasValue(instant);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "yesterday",
        "2024",
        "2024-05-01T12:00:00",
        "2024-02-30",
        "2024-05-01T24:01:00Z",
        "2024-05-01T12:00:00.1234567Z",
        "0000-12-31",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "+10000-01-01",
        "2024-05-01T12:00:00[Europe/Berlin]",
        "20240501"
      })
  void anything_else_is_no_instant(String text) {
    assertThat(read(Scalar.INSTANT, text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTC", "America/New_York", "Europe/Berlin", "+02:00", "Z"})
  void a_time_zone_is_one_that_java_knows(String text) {
    assertThat(read(Scalar.TIME_ZONE, text)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "New_York", "america/new york", "+99:00", "Mars/Olympus"})
  void anything_else_is_no_time_zone(String text) {
    assertThat(read(Scalar.TIME_ZONE, text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "_a", "A1_b", "v1"})
  void a_name_has_letters_digits_and_underscores(String text) {
    assertThat(read(Scalar.NAME, text)).hasValue(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1a", "a-b", "a b", "a.b", "é", "a\n"})
  void anything_else_is_no_name(String text) {
    assertThat(read(Scalar.NAME, text)).isEmpty();
  }

  @Test
  void numbers_are_finite() {
    assertThat(read(Scalar.NUMBER, "0.1")).hasValue(0.1);
    assertThat(read(Scalar.NUMBER, "NaN")).isEmpty();
    assertThat(read(Scalar.NUMBER, "1e999")).isEmpty();
    assertThat(read(Scalar.INTEGER, "7")).hasValue(7L);
    assertThat(read(Scalar.INTEGER, "7.5")).isEmpty();
    assertThat(read(Scalar.INTEGER, "99999999999999999999")).isEmpty();
  }

  @Test
  void true_and_false_have_the_words_that_hocon_gives_them() {
    assertThat(read(Scalar.BOOLEAN, "yes")).hasValue(true);
    assertThat(read(Scalar.BOOLEAN, "off")).hasValue(false);
    assertThat(read(Scalar.BOOLEAN, "1")).isEmpty();
  }

  private static Optional<Object> read(Scalar scalar, String text) {
    return scalar.read(text).map(value -> value);
  }
}
