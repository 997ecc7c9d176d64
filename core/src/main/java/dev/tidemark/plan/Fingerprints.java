package dev.tidemark.plan;

import dev.tidemark.definition.Body;
import dev.tidemark.definition.Column;
import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.KeyMapping;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.Materialize;
import dev.tidemark.definition.Model;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Selection;
import dev.tidemark.definition.Source;
import dev.tidemark.definition.Spine;
import dev.tidemark.definition.Split;
import dev.tidemark.definition.TimeRules;
import dev.tidemark.definition.TrainingSet;
import dev.tidemark.definition.Transformation;
import dev.tidemark.definition.Window;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The semantic hash of each kind of resource, over all that changes a value, a row or the name of a
 * column, and over the hashes of what it is built from. What is left out changes none: owners,
 * descriptions, tags, properties, places, layout, gates, and the order of what is named.
 */
final class Fingerprints {
  private Fingerprints() {}

  static Fingerprint of(Entity entity) {
    return new Meaning("entity")
        .text("name", entity.name())
        .unordered("key", entity.keys(), Fingerprints::column)
        .hash();
  }

  static Fingerprint of(Model model, Fingerprint trainingSet) {
    Meaning meaning =
        new Meaning("model")
            .text("name", model.ref().name())
            .fingerprint("training-set", trainingSet);
    if (model.manifest() != null) {
      meaning.text("manifest", model.manifest().name());
    }
    return meaning.hash();
  }

  static Fingerprint of(Source source) {
    Meaning meaning = new Meaning("source");
    source
        .location()
        .match(
            table -> meaning.text("table", table.name()),
            files -> files(meaning, files),
            query -> meaning.sql("sql", query.sql()));
    return time(meaning, source.time()).hash();
  }

  private static Meaning files(Meaning meaning, Location.Files files) {
    return meaning
        .text("path", files.path())
        .text("format", files.format().name())
        .unordered("schema", files.schema(), Fingerprints::column)
        .unordered(
            "options",
            files.options().entrySet(),
            (m, option) -> m.text("key", option.getKey()).text("value", option.getValue()));
  }

  /**
   * @param inputs of every input, by alias
   */
  static Fingerprint of(Transformation transformation, Map<String, Fingerprint> inputs) {
    Meaning meaning =
        new Meaning("transformation")
            .unordered(
                "input",
                inputs.entrySet(),
                (m, input) -> m.text("as", input.getKey()).fingerprint("of", input.getValue()));
    body(meaning, transformation.body());
    return time(meaning, transformation.time()).hash();
  }

  private static void body(Meaning meaning, Body body) {
    body.match(
        query -> meaning.sql("sql", query.sql()),
        javaClass -> meaning.text("class", javaClass.name()));
  }

  static Fingerprint of(FeatureView view, Entity entity, List<Fingerprint> sources) {
    return new Meaning("view")
        .unordered("entity", entity.keys(), Fingerprints::column)
        .unordered("source", sources, (m, source) -> m.fingerprint("of", source))
        .unordered("key", view.keys(), Fingerprints::key)
        .sql("where", view.where())
        .span("ttl", view.ttl())
        .flag("exclusive", view.exclusive())
        .unordered("feature", view.features(), Fingerprints::feature)
        .unordered("derived", view.derived(), Fingerprints::derived)
        // Which table is read is a matter of training sets. What says nothing stays here so that
        // the hashes of older tables and manifests do.
        .flag("use-materialized", false)
        .text("materialize", ticks(view.materialize()))
        .hash();
  }

  /**
   * The hashes of a view's parts: of its columns, each under its name, and of all that decides
   * about rows, under the empty name. As long as those that there were stay, a change loses
   * nothing.
   */
  static SortedMap<String, String> parts(
      FeatureView view, Entity entity, List<Fingerprint> sources) {
    SortedMap<String, String> parts = new TreeMap<>();
    Meaning rows =
        new Meaning("rows")
            .unordered("entity", entity.keys(), Fingerprints::column)
            .unordered("source", sources, (m, source) -> m.fingerprint("of", source))
            .unordered("key", view.keys(), Fingerprints::key)
            .sql("where", view.where())
            .span("ttl", view.ttl())
            .flag("exclusive", view.exclusive())
            .text("materialize", ticks(view.materialize()));
    parts.put("", rows.hash().sha256());
    for (Feature feature : view.features()) {
      for (Feature column : columns(feature)) {
        Meaning meaning = new Meaning("column");
        feature(meaning, column);
        column.columns().forEach(name -> parts.put(name, meaning.hash().sha256()));
      }
    }
    for (Derived derived : view.derived()) {
      Meaning meaning = new Meaning("derived");
      derived(meaning, derived);
      parts.put(derived.name(), meaning.hash().sha256());
    }
    return parts;
  }

  /** A feature of several windows as several of one. */
  private static List<Feature> columns(Feature feature) {
    return feature.match(
        latest -> List.of(latest),
        windowed ->
            windowed.windows().stream()
                .<Feature>map(
                    window ->
                        new Feature.Windowed(
                            windowed.name(),
                            windowed.aggregate(),
                            List.of(window),
                            windowed.where(),
                            windowed.by(),
                            windowed.whenEmpty(),
                            windowed.about(),
                            windowed.origin()))
                .toList());
  }

  /** The ticks decide which rows an offline table has. */
  private static @Nullable String ticks(@Nullable Materialize materialize) {
    return materialize == null ? null : materialize.start() + "/" + materialize.every().micros();
  }

  private static void feature(Meaning meaning, Feature feature) {
    meaning.text("name", feature.name());
    feature.match(
        latest ->
            meaning
                .sql("value", latest.value())
                .sql("where", latest.where())
                .flag("ignore-nulls", latest.ignoreNulls()),
        windowed ->
            meaning
                .sql("aggregate", windowed.aggregate())
                .unordered("window", windowed.windows(), Fingerprints::window)
                .sql("where", windowed.where())
                .sql("by", windowed.by())
                .sql("when-empty", windowed.whenEmpty()));
  }

  /** As written too, since it names a column. */
  private static void window(Meaning meaning, Window window) {
    meaning.text("suffix", window.suffix()).span("length", window.length());
  }

  static Fingerprint of(Label label, List<Entity> entities, Fingerprint source) {
    Meaning meaning =
        new Meaning("label")
            .text("name", label.ref().name())
            .ordered(
                "entity",
                entities,
                (m, entity) -> m.unordered("key", entity.keys(), Fingerprints::column))
            .fingerprint("source", source)
            .unordered("key", label.keys(), Fingerprints::key)
            .sql("where", label.where())
            .ordered("keep", label.keep(), Fingerprints::named);
    label
        .target()
        .match(
            ofRow -> meaning.sql("value", ofRow.value()),
            over -> meaning.sql("aggregate", over.aggregate()).span("horizon", over.horizon()));
    return meaning.hash();
  }

  /**
   * @param views of every selection, in order
   * @param materialized of every selection, in order: whether the view's offline table is read
   * @param spineSource of the spine's source, if it has one of its own
   */
  static Fingerprint of(
      TrainingSet set,
      List<Entity> entities,
      @Nullable Fingerprint label,
      @Nullable Fingerprint spineSource,
      List<Fingerprint> views,
      List<Boolean> materialized) {
    Meaning meaning =
        new Meaning("training-set")
            .ordered(
                "entity",
                entities,
                (m, entity) -> m.unordered("key", entity.keys(), Fingerprints::column))
            .fingerprint("label", label)
            .fingerprint("spine-source", spineSource);
    Spine spine = set.spine();
    if (spine != null) {
      meaning
          .unordered("key", spine.keys(), Fingerprints::key)
          .sql("where", spine.where())
          .ordered("keep", spine.keep(), Fingerprints::named);
    }
    for (int i = 0; i < set.features().size(); i++) {
      selection(meaning, set.features().get(i), views.get(i), materialized.get(i));
    }
    meaning
        .unordered("derived", set.derived(), Fingerprints::derived)
        // Gates decide whether rows are committed, and not which. What says nothing stays here so
        // that the hashes of older tables and manifests do.
        .unordered("gate", List.<Named>of(), Fingerprints::named);
    if (!set.mask().isEmpty()) {
      meaning.unordered("mask", set.mask(), Fingerprints::derived);
    }
    Split split = set.split();
    if (split != null) {
      split(meaning, split);
    }
    return meaning.hash();
  }

  private static void selection(
      Meaning meaning, Selection selection, Fingerprint view, boolean materialized) {
    meaning
        .fingerprint("view", view)
        .text("feature", name(selection.feature()))
        .span("lag", selection.lag())
        .text("as", name(selection.as()))
        .text("prefix", name(selection.prefix()))
        .unordered("role", selection.keys(), Fingerprints::key);
    if (materialized) {
      meaning.flag("materialized", true);
    }
  }

  private static void split(Meaning meaning, Split split) {
    split.match(
        byTime ->
            meaning
                .text("split", "time")
                .text("validation-from", String.valueOf(byTime.validationFrom()))
                .text("test-from", String.valueOf(byTime.testFrom()))
                .span("embargo", byTime.embargo()),
        byEntity ->
            meaning
                .text("split", "entity")
                .text("entity", name(byEntity.entity()))
                .text("validation", String.valueOf(byEntity.validation()))
                .text("test", String.valueOf(byEntity.test()))
                .text("seed", String.valueOf(byEntity.seed())),
        byRandom ->
            meaning
                .text("split", "random")
                .text("validation", String.valueOf(byRandom.validation()))
                .text("test", String.valueOf(byRandom.test()))
                .text("seed", String.valueOf(byRandom.seed())));
  }

  private static Meaning time(Meaning meaning, TimeRules time) {
    return meaning
        .flag("static", time.isStatic())
        .sql("event-time", time.eventTime())
        .sql("available-at", time.availableAt())
        .span("delay", time.delay())
        .text("time-zone", name(time.timeZone()))
        .ordered("tie-break", time.tieBreak(), Fingerprints::named)
        .sql("deleted-when", time.deletedWhen())
        .unordered("row-key", time.rowKey(), Fingerprints::named);
  }

  private static void column(Meaning meaning, Column column) {
    meaning.text("name", column.name()).text("type", SqlMeaning.of(column.type()));
  }

  private static void key(Meaning meaning, KeyMapping key) {
    meaning.text("key", key.key()).text("column", key.column().name());
  }

  private static void named(Meaning meaning, Named named) {
    meaning.text("name", named.name());
  }

  private static void derived(Meaning meaning, Derived derived) {
    meaning.text("name", derived.name()).sql("expression", derived.expression());
  }

  private static @Nullable String name(@Nullable Named named) {
    return named == null ? null : named.name();
  }
}
