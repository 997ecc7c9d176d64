package dev.tidemark.definition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
  private static final List<String> KNOWN =
      List.of("event-time", "available-at", "owner", "dep_delay", "dep_delays");

  @Test
  void a_letter_too_few_too_many_wrong_or_swapped_is_near() {
    assertThat(Nearest.to("event-tim", KNOWN)).containsExactly("event-time");
    assertThat(Nearest.to("ownerr", KNOWN)).containsExactly("owner");
    assertThat(Nearest.to("onwer", KNOWN)).containsExactly("owner");
    assertThat(Nearest.to("Event_Time", KNOWN)).containsExactly("event-time");
  }

  @Test
  void the_nearest_comes_first() {
    assertThat(Nearest.to("dep_dealy", KNOWN)).containsExactly("dep_delay", "dep_delays");
  }

  @Test
  void what_is_far_is_not_offered() {
    assertThat(Nearest.to("xyz", KNOWN)).isEmpty();
    assertThat(Nearest.to("", KNOWN)).isEmpty();
  }
}
