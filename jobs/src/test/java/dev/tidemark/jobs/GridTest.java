package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GridTest {
  private static final List<String> HEADER = List.of("id", "amount", "description");
  private static final List<List<String>> ROWS =
      List.of(
          List.of("1", "20.00", "the first\nof two lines"),
          List.of("2", "null", "short"),
          List.of("3", "7.5", "a long one that does not fit"));

  @Test
  void a_table_that_fits_is_aligned() {
    assertThat(Grid.rows(HEADER, ROWS, 80))
        .isEqualTo(
            """
            id  amount  description
            --  ------  ----------------------------
            1   20.00   the first of two lines
            2   null    short
            3   7.5     a long one that does not fit
            """);
  }

  @Test
  void a_table_that_is_too_wide_is_turned_and_loses_no_column() {
    assertThat(Grid.rows(HEADER, ROWS, 39))
        .isEqualTo(
            """
            column       row 1
            -----------  ----------------------
            id           1
            amount       20.00
            description  the first of two lines

            column       row 2
            -----------  -----
            id           2
            amount       null
            description  short

            column       row 3
            -----------  --------------------------
            id           3
            amount       7.5
            description  a long one that does not …
            """);
    List<List<String>> wide = List.of(List.of("1", "2", "x".repeat(60)), List.of("3", "4", "y"));
    assertThat(Grid.rows(HEADER, wide, 60))
        .isEqualTo(
            """
            column       row 1                   row 2
            -----------  ----------------------  -----
            id           1                       3
            amount       2                       4
            description  xxxxxxxxxxxxxxxxxxxxx…  y
            """);
  }

  @Test
  void a_list_is_cut_in_its_last_column_only() {
    assertThat(Grid.list(HEADER, ROWS, 30))
        .isEqualTo(
            """
            id  amount  description
            --  ------  ------------------
            1   20.00   the first of two …
            2   null    short
            3   7.5     a long one that d…
            """);
  }

  @Test
  void a_table_without_rows_is_its_header() {
    assertThat(Grid.rows(HEADER, List.of(), 10))
        .isEqualTo("id  amount  description\n--  ------  -----------\n");
  }
}
