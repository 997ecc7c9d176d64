package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Entity;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Model;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.Source;
import dev.tidemark.definition.TrainingSet;
import dev.tidemark.definition.Transformation;
import dev.tidemark.testkit.Golden;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What changes a semantic hash and what does not, on random definitions. Every component of every
 * record is changed, found by reflection: a component that is added to the language and forgotten
 * in the hash fails here.
 */
class FingerprintsTest {
  private static final int CASES = 60;
  @TempDir Path folder;

  /** Changes of these mean nothing: a place in a file, or what a resource says of itself. */
  private static final String MEANINGLESS =
      "(.*\\.)?(origin|formatOrigin|about|verbatim)(\\..*)?|ref\\..*";

  /** What is said of columns. */
  private static final String NOTES = "|columns(\\[.*)?";

  /** They decide whether rows are committed, and not which. */
  private static final String GATES = "|gates(\\[.*)?";

  private record Kind(
      String name,
      Class<? extends Resource> type,
      Function<Resource, Fingerprint> hash,
      String meaningless,
      String ordered) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Kind> kinds() {
    String spans = "|.*(delay|ttl|horizon|lag|embargo|every)\\.text";
    return List.of(
        new Kind(
            "source",
            Source.class,
            source -> Fingerprints.of((Source) source),
            // When it is ready decides when rows are computed, and not which.
            MEANINGLESS + spans + NOTES + "|ready(\\..*)?",
            "time\\.tieBreak"),
        new Kind(
            "transformation",
            Transformation.class,
            found -> {
              Transformation transformation = (Transformation) found;
              return Fingerprints.of(
                  transformation,
                  transformation.inputs().stream()
                      .collect(
                          Collectors.toMap(
                              Transformation.Input::alias,
                              input -> stand(input.rows()),
                              FingerprintsTest::both,
                              TreeMap::new)));
            },
            MEANINGLESS + spans + NOTES,
            "time\\.tieBreak"),
        new Kind(
            "view",
            FeatureView.class,
            found -> {
              FeatureView view = (FeatureView) found;
              return Fingerprints.of(
                  view,
                  entity(view.entity()),
                  view.sources().stream().map(FingerprintsTest::stand).toList());
            },
            // Which table training sets read changes nothing in the view's own.
            MEANINGLESS + spans + "|useMaterialized(\\..*)?" + GATES,
            "-"),
        new Kind(
            "label",
            Label.class,
            found -> {
              Label label = (Label) found;
              return Fingerprints.of(label, entities(label.entities()), stand(label.source()));
            },
            // The label's name is its column's, its variant is not.
            MEANINGLESS.replace("ref\\..*", "ref\\.(kind|variant)") + spans,
            "entities|keep"),
        new Kind(
            "model",
            Model.class,
            found -> Fingerprints.of((Model) found, stand(((Model) found).trainingSet())),
            MEANINGLESS.replace("ref\\..*", "ref\\.(kind|variant)"),
            "-"),
        new Kind(
            "training set",
            TrainingSet.class,
            found -> {
              TrainingSet set = (TrainingSet) found;
              List<Named> names = set.spine() == null ? List.of() : set.spine().entities();
              return Fingerprints.of(
                  set,
                  entities(names),
                  set.label() == null ? null : stand(set.label()),
                  set.spine() == null ? null : stand(set.spine().source()),
                  set.features().stream().map(selection -> stand(selection.view())).toList(),
                  set.features().stream().map(selection -> false).toList());
            },
            // It means something together with what the view says of it: see below.
            MEANINGLESS + spans + "|features\\[\\d+]\\.useMaterialized" + GATES,
            "spine\\.(entities|keep)|features"));
  }

  /** In place of what a reference means: something that is different for every reference. */
  private static Fingerprint stand(Reference reference) {
    return new Meaning("stand").text("for", reference.to().toString()).hash();
  }

  /** In place of two inputs under one alias, which the parser refuses. */
  private static Fingerprint both(Fingerprint a, Fingerprint b) {
    return new Meaning("both")
        .unordered("of", List.of(a, b), (meaning, of) -> meaning.fingerprint("one", of))
        .hash();
  }

  private static Entity entity(Named name) {
    return RandomRecords.entity(name.name());
  }

  private static List<Entity> entities(List<Named> names) {
    return names.stream().map(FingerprintsTest::entity).toList();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void every_component_changes_the_hash_or_is_known_to_mean_nothing(Kind kind) {
    Pattern meaningless = Pattern.compile(kind.meaningless());
    long meant = 0;
    for (int seed = 0; seed < CASES; seed++) {
      RandomRecords random = new RandomRecords(seed);
      Resource resource = random.of(kind.type());
      Fingerprint before = kind.hash().apply(resource);
      for (RandomRecords.Changed<Resource> changed : random.changes(resource)) {
        boolean same = kind.hash().apply(changed.value()).equals(before);
        boolean expected = meaningless.matcher(changed.path()).matches();
        assertThat(same)
            .as("seed %d: %s of %s\n%s", seed, changed.path(), resource, changed.value())
            .isEqualTo(expected);
        meant += expected ? 0 : 1;
      }
    }
    assertThat(meant).isGreaterThan(5L * CASES);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void order_changes_the_hash_only_where_it_means_something(Kind kind) {
    Pattern ordered = Pattern.compile(kind.ordered());
    for (int seed = 0; seed < CASES; seed++) {
      RandomRecords random = new RandomRecords(seed);
      Resource resource = random.of(kind.type());
      Fingerprint before = kind.hash().apply(resource);
      for (RandomRecords.Changed<Resource> turned : random.reorderings(resource)) {
        if (turned.path().startsWith("about")) {
          continue;
        }
        assertThat(kind.hash().apply(turned.value()).equals(before))
            .as("seed %d: %s of %s", seed, turned.path(), resource)
            .isEqualTo(!ordered.matcher(turned.path()).matches());
      }
    }
  }

  @Test
  void keys_and_their_types_are_part_of_a_view() {
    RandomRecords random = new RandomRecords(1);
    FeatureView view = random.of(FeatureView.class);
    Entity entity = entity(view.entity());
    Fingerprint before = Fingerprints.of(view, entity, List.of());
    for (RandomRecords.Changed<Entity> changed : random.changes(entity)) {
      boolean keys = changed.path().matches("keys(\\[\\d+])?(\\.(name|type))?");
      assertThat(Fingerprints.of(view, changed.value(), List.of()).equals(before))
          .as(changed.path())
          .isEqualTo(!keys);
    }
  }

  private static final String ONE_LAYOUT =
      """
      entities.customer { keys { customer_id = bigint, region = string }, owner = risk }
      sources.payments.v1 {
        table = raw.payments, event-time = paid_at, available-at = loaded_at, delay = 24h
        tie-break = [loaded_at, payment_id], row-key = [a, b], deleted-when = "op  =  'D  D'"
      }
      feature-views.spend.v1 {
        entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id, region = area }
        ttl = 7d
        features {
          last { value = "coalesce(amount, 0)" }
          spend { aggregate = "sum(amount)", windows = [1d, 7d] }
        }
        derived { a = "spend_1d + 1", b = "spend_7d + 1" }
      }
      labels.fraud.v1 { entity = customer, source = sources.payments.v1, keys { customer_id = buyer_id }, value = bad }
      training-sets.t.v1 { label = labels.fraud.v1, features = [spend.v1, { feature = spend.v1.last, lag = 1d, as = x }] }
      """;

  private static final String OTHER_LAYOUT =
      """
      # The same, by somebody else.
      training-sets { t { v1 {
        description = "other words", tags = [a, b], properties { x = y }
        features : [ "spend.v1", { as : x, lag : 24h, feature : spend.v1.last } ]
        label : labels.fraud.v1
      } } }
      labels.fraud.v1 = { value = " bad ", keys.customer_id = buyer_id, source = sources.payments.v1, entity = customer }
      feature-views.spend.v1 {
        derived { b = "spend_7d+1 -- one more", a = "spend_1d + 1" }
        features {
          spend { windows = [7d, 1d], aggregate = "sum( amount ) /* all */" }
          last.value = \"""
            coalesce (
              amount, -- or
              0)
          \"""
        }
        ttl = 1w
        keys { region = area, customer_id = buyer_id }
        source = sources.payments.v1, entity = customer
      }
      sources.payments.v1 {
        deleted-when = "op = 'D  D'", row-key = [b, a], tie-break = [loaded_at, payment_id], delay = 1d
        available-at = loaded_at, event-time = paid_at, table = raw.payments
      }
      entities { customer { description = "Somebody", keys { region = string, customer_id = bigint } } }
      """;

  @Test
  void layout_order_files_and_words_about_a_resource_mean_nothing() {
    SortedMap<?, Fingerprint> one =
        PlanProject.of(folder.resolve("one"), ONE_LAYOUT).graph().fingerprints();
    SortedMap<?, Fingerprint> other =
        PlanProject.of(folder.resolve("other"), "")
            .file("deep.conf", OTHER_LAYOUT)
            .graph()
            .fingerprints();
    assertThat(other).isEqualTo(one);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      textBlock =
          """
          delay = 24h          => delay = 25h        => fraud.v1 payments.v1 spend.v1 t.v1
          'D  D'               => 'D D'              => fraud.v1 payments.v1 spend.v1 t.v1
          ttl = 7d             => ttl = 8d           => spend.v1 t.v1
          [1d, 7d]             => [1d, 7d, 8d]       => spend.v1 t.v1
          [1d, 7d]             => [24h, 7d]          => spend.v1 t.v1
          value = bad          => value = Bad        => fraud.v1 t.v1
          as = x               => as = y             => t.v1
          region = string      => region = int       => fraud.v1 spend.v1 t.v1
          """)
  void a_change_reaches_all_that_is_built_from_it(String from, String to, String reached) {
    assertThat(ONE_LAYOUT).contains(from);
    Map<String, Fingerprint> before = hashes("one", ONE_LAYOUT);
    Map<String, Fingerprint> after = hashes("other", ONE_LAYOUT.replace(from, to));
    Stream<String> changed =
        before.keySet().stream().filter(name -> !Objects.equals(before.get(name), after.get(name)));
    assertThat(changed.collect(Collectors.joining(" "))).isEqualTo(reached);
  }

  @Test
  void a_training_set_that_reads_offline_tables_is_another_whoever_says_so() {
    String materialized =
        ONE_LAYOUT.replace(
            "ttl = 7d", "ttl = 7d, materialize { every = 1d, start = \"2024-01-01\" }");
    String byView = materialized.replace("ttl = 7d", "ttl = 7d, use-materialized = true");
    String bySelection =
        materialized.replace(
            "[spend.v1, { feature = spend.v1.last,",
            "[{ view = spend.v1, use-materialized = true }, { use-materialized = true, feature = spend.v1.last,");
    String against =
        byView.replace(
            "[spend.v1, { feature = spend.v1.last,",
            "[{ view = spend.v1, use-materialized = false }, { use-materialized = false, feature = spend.v1.last,");
    Map<String, Fingerprint> computed = hashes("computed", materialized);
    assertThat(hashes("view", byView)).isEqualTo(hashes("selection", bySelection));
    assertThat(hashes("against", against)).isEqualTo(computed);
    assertThat(hashes("again", byView).get("spend.v1")).isEqualTo(computed.get("spend.v1"));
    assertThat(hashes("once more", byView).get("t.v1")).isNotEqualTo(computed.get("t.v1"));
  }

  private Map<String, Fingerprint> hashes(String name, String definitions) {
    Map<String, Fingerprint> named = new TreeMap<>();
    PlanProject.of(folder.resolve(name), definitions)
        .graph()
        .fingerprints()
        .forEach((ref, hash) -> named.put(ref.shortName(), hash));
    return named;
  }

  /** Tables in lakes carry these hashes: a release that changes them makes all tables stale. */
  @Test
  void hashes_stay_the_same_from_release_to_release() {
    StringBuilder text = new StringBuilder();
    PlanProject.of(folder, ONE_LAYOUT)
        .graph()
        .fingerprints()
        .forEach((ref, hash) -> text.append(ref).append(' ').append(hash).append('\n'));
    Golden.check("plan/fingerprints.txt", text.toString());
  }
}
