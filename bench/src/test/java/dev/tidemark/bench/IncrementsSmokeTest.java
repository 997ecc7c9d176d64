package dev.tidemark.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One more day, and a backfill, in small: the rows are the same with a state and without. */
@Tag("slow")
class IncrementsSmokeTest {
  @Test
  void rows_of_a_state_are_those_of_single_events(@TempDir Path folder) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int exit =
        Increments.run(
            new PrintStream(said, true, StandardCharsets.UTF_8),
            "--events=5000",
            "--keys=50",
            "--runs=1",
            "--backfill=3",
            "--data",
            folder.toString());
    String text = said.toString(StandardCharsets.UTF_8);
    assertThat(exit).as(text).isZero();
    assertThat(text)
        .contains(
            "5,000 events in 90 days, 50 keys", "rows: the same", "rows of all days: the same")
        .containsPattern("one more day: \\d+\\.\\d{3} of it, at most 0\\.1: (yes|NO)");
  }
}
