package dev.tidemark.definition;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A new variant is the old one plus its changes: substitution, merging and includes. */
class InheritanceTest {
  private static final String BASE =
      """
      entities.customer { keys { id = bigint } }
      sources.payments.v1 { table = payments, event-time = paid_at, delay = 1h }
      feature-views.spend.v1 {
        entity = customer
        source = sources.payments.v1
        ttl = 30d
        features {
          zulu { value = z }
          alpha { aggregate = "sum(a)", windows = [1d] }
        }
        derived { twice = "alpha_1d * 2" }
      }
      """;

  @TempDir private Path folder = Path.of("");
  private ProjectFolder project = new ProjectFolder(folder);

  @BeforeEach
  void makeProject() {
    project = new ProjectFolder(folder);
  }

  private FeatureView second(String text) {
    return project.definitions(BASE + text).featureViews().get(1);
  }

  @Test
  void a_variant_is_the_old_one_plus_its_changes() {
    FeatureView view = second("feature-views.spend.v2 = ${feature-views.spend.v1} { ttl = 7d }");
    assertThat(view.id()).isEqualTo("feature-views.spend.v2");
    assertThat(view.ttl()).hasToString("7d");
    assertThat(view.sources()).hasToString("[sources.payments.v1]");
  }

  @Test
  void inherited_features_come_first_in_their_order_then_the_new_ones() {
    FeatureView view =
        second(
            """
            feature-views.spend.v2 = ${feature-views.spend.v1} {
              features { mike { value = m }, alpha { windows = [1d, 7d] }, bravo { value = b } }
            }
            """);
    assertThat(view.columns())
        .containsExactly("zulu", "alpha_1d", "alpha_7d", "mike", "bravo", "twice");
  }

  @Test
  void null_takes_an_inherited_key_away() {
    FeatureView view =
        second(
            """
            feature-views.spend.v2 = ${feature-views.spend.v1} {
              ttl = null, derived = null, features { zulu = null }
            }
            """);
    assertThat(view.ttl()).isNull();
    assertThat(view.columns()).containsExactly("alpha_1d");
  }

  @Test
  void a_variant_may_inherit_through_several_and_from_other_files() {
    project.file("definitions/z.conf", "feature-views.spend.v3 = ${feature-views.spend.v2}");
    project.file(
        "definitions/b/c.conf",
        "feature-views.spend.v2 = ${feature-views.spend.v1} { where = \"x > 1\" }");
    FeatureView view = project.definitions(BASE).featureViews().get(2);
    assertThat(view.id()).isEqualTo("feature-views.spend.v3");
    Sql where = Objects.requireNonNull(view.where());
    assertThat(where).hasToString("x > 1");
    assertThat(where.origin()).hasToString("definitions/b/c.conf:1:63");
    assertThat(view.origin()).hasToString("definitions/z.conf:1:21");
    assertThat(view.features().get(0).origin()).hasToString("definitions/a.conf:8:5");
  }

  @Test
  void a_single_value_may_come_by_substitution_and_keeps_the_place_where_it_is_written() {
    Definitions read =
        project.definitions(
            BASE
                + "sources.other.v1 { table = t, event-time = t, delay = ${sources.payments.v1.delay} }");
    Source other = read.sources().get(0);
    assertThat(other.id()).isEqualTo("sources.other.v1");
    Span delay = Objects.requireNonNull(other.time().delay());
    assertThat(delay).hasToString("1h");
    assertThat(delay.origin()).hasToString("definitions/a.conf:2:71");
  }

  @Test
  void lists_grow_by_concatenation_and_by_plus() {
    Definitions read =
        project.definitions(
            BASE
                + """
                sources.a.v1 { table = t, event-time = t, tie-break = [a, b], tags = [x] }
                sources.a.v2 = ${sources.a.v1} { tie-break = ${sources.a.v1.tie-break} [c] }
                sources.b.v1 { table = t, event-time = t, tags = [x], tags += y }
                """);
    Source second = read.sources().get(1);
    assertThat(second.time().tieBreak()).hasToString("[a, b, c]");
    assertThat(read.sources().get(2).about().tags()).containsExactly("x", "y");
    assertThat(second.time().tieBreak().get(1).origin()).hasToString("definitions/a.conf:13:59");
    assertThat(second.time().tieBreak().get(2).origin()).hasToString("definitions/a.conf:14:73");
  }

  @Test
  void an_include_inside_a_definition_is_inherited() {
    project.file("definitions/shared/time.inc", "event-time = paid_at\ndelay = 2h");
    Definitions read =
        project.definitions(
            """
            sources.a.v1 { include "shared/time.inc", table = a, delay = 3h }
            sources.b.v1 { include "shared/time.inc", table = b }
            """);
    TimeRules first = read.sources().get(0).time();
    assertThat(first.eventTime()).hasToString("paid_at");
    assertThat(first.delay()).hasToString("3h");
    Span inherited = Objects.requireNonNull(read.sources().get(1).time().delay());
    assertThat(inherited).hasToString("2h");
    assertThat(inherited.origin()).hasToString("definitions/shared/time.inc:2:9");
  }

  @Test
  void a_file_included_inside_a_definition_refers_to_it() {
    project.file("definitions/shared/own.inc", "table = raw\ndescription = ${table}");
    Definitions read =
        project.definitions("sources.a.v1 { include \"shared/own.inc\", event-time = t }");
    assertThat(read.sources().get(0).about().description()).isEqualTo("raw");
  }

  @Test
  void an_included_file_is_read_once_whoever_includes_it() {
    project.file("definitions/common.conf", "entities.customer { keys { id = bigint } }");
    project.file(
        "definitions/b.conf",
        "include \"common.conf\"\nsources.b.v1 { table = b, event-time = t }");
    Definitions read =
        project.definitions("include \"common.conf\"\nsources.a.v1 { table = a, event-time = t }");
    assertThat(read.entities()).hasSize(1);
    assertThat(read.sources())
        .extracting(Source::id)
        .containsExactly("sources.a.v1", "sources.b.v1");
    assertThat(read.entities().get(0).origin()).hasToString("definitions/common.conf:1:10");
  }

  @Test
  void blocks_with_different_variants_make_one_resource_with_both() {
    Definitions read =
        project.definitions(
            """
            sources.a { v1 { table = a, event-time = t } }
            sources { a { v2 { table = b, event-time = t } } }
            "sources"."a"."v3" : { "table" : "c", "event-time" : "t" }
            """);
    assertThat(read.sources())
        .extracting(Source::id)
        .containsExactly("sources.a.v1", "sources.a.v2", "sources.a.v3");
  }
}
