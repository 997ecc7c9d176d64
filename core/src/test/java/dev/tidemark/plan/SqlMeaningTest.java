package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlMeaningTest {

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '\u0001',
      textBlock =
          """
          a+b                        => a+b
          sum( a , b )               => sum(a,b)
          count (*)                  => count(*)
          a   and\tb                 => a and b
          a -- no -- comment         => a
          a /* b /* c */ d */ e      => a e
          a/**/b                     => a b
          'it  is' || "a  b"         => 'it  is'||"a  b"
          `my  col` = 1              => `my  col`=1
          '--' || '/*'               => '--'||'/*'
          'it\\'  s'  x              => 'it\\'  s' x
          'it''  s'  x               => 'it''  s' x
          r'\\'  || '  a'            => r'\\'||'  a'
          R"\\"   x                  => R"\\" x
          other'\\'  '               => other'\\'  '
          'a'  'b'                   => 'a' 'b'
          - - 1                      => - -1
          1 . 5                      => 1 . 5
          /*+ broadcast(a) */  x     => /*+broadcast(a)*/x
          a + b - c * d           => a+b-c*d
          a < = b                    => a< =b
          1e - 1                     => 1e -1
          1e- 1                      => 1e- 1
          1e-1                       => 1e-1
          price - 1                  => price-1
          a :: int                   => a :: int
          'not closed                => 'not closed
          /* not closed              => ''
          """)
  void layout_is_dropped_and_meaning_kept(String sql, String meaning) {
    assertThat(SqlMeaning.of(sql)).isEqualTo(meaning.equals("''") ? "" : meaning);
  }

  @Test
  void comments_end_with_their_line() {
    assertThat(SqlMeaning.of("a -- x\nb")).isEqualTo("a b");
    assertThat(SqlMeaning.of("a -- x\r\nb")).isEqualTo("a b");
    assertThat(SqlMeaning.of("a -- x\\\n still a comment\nb")).isEqualTo("a b");
  }

  @Test
  void a_hint_in_a_comment_opens_none() {
    assertThat(SqlMeaning.of("a /* /*+ x */ b */")).isEqualTo("a b*/");
  }

  @Test
  void for_people_blanks_stay_where_they_were() {
    assertThat(SqlMeaning.oneLine("sum( a,\n  b ) -- all")).isEqualTo("sum( a, b )");
  }

  /** Random layouts of one list of tokens. */
  @Test
  void every_layout_of_the_same_tokens_means_the_same() {
    List<String> tokens =
        List.of(
            "SELECT",
            "sum",
            "(",
            "a",
            ",",
            "'x  -- y'",
            ")",
            "FROM",
            "`t  1`",
            "WHERE",
            "a",
            "<>",
            "b",
            "-",
            "r'\\'");
    List<String> gaps = List.of(" ", "\n", "\t ", " -- c 'x\n", " /* 'q */ ", " /* /* */ */");
    Random random = new Random(7);
    String expected = SqlMeaning.of(String.join(" ", tokens));
    for (int i = 0; i < 500; i++) {
      StringBuilder sql = new StringBuilder();
      for (String token : tokens) {
        sql.append(gaps.get(random.nextInt(gaps.size()))).append(token);
      }
      assertThat(SqlMeaning.of(sql.toString())).as(sql.toString()).isEqualTo(expected);
    }
  }

  @Test
  void no_text_breaks_it_and_twice_is_once() {
    Random random = new Random(11);
    String letters = "ab '\"`\\-/*+\n\r(),.r1";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder sql = new StringBuilder();
      for (int j = random.nextInt(16); j > 0; j--) {
        sql.append(letters.charAt(random.nextInt(letters.length())));
      }
      String once = SqlMeaning.of(sql.toString());
      assertThat(SqlMeaning.of(once)).as(sql.toString()).isEqualTo(once);
    }
  }
}
