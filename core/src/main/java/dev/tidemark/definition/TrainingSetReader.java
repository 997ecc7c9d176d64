package dev.tidemark.definition;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads training sets and the labels they learn. */
final class TrainingSetReader {
  private final Problems problems;

  TrainingSetReader(Problems problems) {
    this.problems = problems;
  }

  static Label label(ResourceName ref, Node node) {
    Sql value = node.sql("value");
    return new Label(
        ref,
        Parts.oneOrMore(node, "entity", "entities", Node::named),
        node.must("source").reference(),
        Parts.keys(node),
        node.sql("where"),
        value != null
            ? new Label.OfRow(value)
            : new Label.OverHorizon(node.must("aggregate").sql(), node.must("horizon").span()),
        node.names("keep"),
        Parts.about(node),
        node.keyOrigin());
  }

  TrainingSet trainingSet(ResourceName ref, Node node) {
    Node label = node.get("label");
    Node spine = node.get("spine");
    List<Selection> features = new ArrayList<>();
    for (Node element : node.must("features").elements()) {
      Selection selection = selection(element);
      if (selection != null) {
        features.add(selection);
      }
    }
    Node split = node.get("split");
    return new TrainingSet(
        ref,
        label == null ? null : label.reference(),
        spine == null ? null : spine(spine),
        features,
        Parts.derived(node),
        Parts.expressions(node, "mask"),
        split == null ? null : split(split),
        GatesReader.read(node.get("gates"), problems),
        Parts.about(node),
        node.keyOrigin());
  }

  private static Spine spine(Node node) {
    return new Spine(
        node.must("source").reference(),
        Parts.oneOrMore(node, "entity", "entities", Node::named),
        Parts.keys(node),
        node.sql("where"),
        node.names("keep"),
        node.keyOrigin());
  }

  private @Nullable Selection selection(Node node) {
    if (node.isScalar()) {
      return selection(node, node, null, null, List.of(), null, null);
    }
    Node view = node.get("view");
    if (view != null && view.text().split("\\.", -1).length != 2) {
      problems.add(
          view.origin(),
          "`view` names a view such as customer_spend.v1, rather than `%s`".formatted(view.text()),
          "for one feature write feature = " + view.text());
      return null;
    }
    return selection(
        node,
        view == null ? node.must("feature") : view,
        node.span("lag"),
        node.named("as"),
        Parts.keys(node),
        node.named("prefix"),
        node.get("use-materialized") == null ? null : node.isTrue("use-materialized"));
  }

  private static Selection selection(
      Node node,
      Node what,
      @Nullable Span lag,
      @Nullable Named as,
      List<KeyMapping> keys,
      @Nullable Named prefix,
      @Nullable Boolean useMaterialized) {
    List<String> parts = List.of(what.text().split("\\.", -1));
    Origin origin = what.origin();
    ResourceName view = new ResourceName(Kind.FEATURE_VIEW, parts.get(0), parts.get(1));
    Named feature = parts.size() == 2 ? null : new Named(parts.get(2), origin);
    return new Selection(
        new Reference(view, origin),
        feature,
        lag,
        as,
        keys,
        prefix,
        useMaterialized,
        node.origin());
  }

  private @Nullable Split split(Node node) {
    String by = node.must("by").text();
    return by.equals("time") ? splitByTime(node) : splitByShare(node, by.equals("entity"));
  }

  private @Nullable Split splitByTime(Node node) {
    if (strays(node, "time", "entity", "validation", "test", "seed")) {
      return null;
    }
    Instant validationFrom = instant(node, "validation-from");
    Instant testFrom = instant(node, "test-from");
    if (validationFrom == null && testFrom == null) {
      problems.add(
          node.keyOrigin(),
          "a split by time needs `validation-from` or `test-from`",
          "such as test-from = \"2024-06-01\"");
      return null;
    }
    if (validationFrom != null && testFrom != null && !validationFrom.isBefore(testFrom)) {
      problems.add(
          node.must("test-from").origin(),
          "`test-from` must be later than `validation-from`",
          "time runs from train over validation to test");
      return null;
    }
    return new Split.ByTime(validationFrom, testFrom, node.span("embargo"), node.keyOrigin());
  }

  private @Nullable Split splitByShare(Node node, boolean byEntity) {
    boolean strays =
        byEntity
            ? strays(node, "entity", "validation-from", "test-from", "embargo")
            : strays(node, "random", "validation-from", "test-from", "embargo", "entity");
    if (strays) {
      return null;
    }
    Double validation = share(node.get("validation"));
    Double test = share(node.get("test"));
    if (validation == null || test == null) {
      return null;
    }
    if (validation + test > 1 || validation + test <= 0) {
      problems.add(
          node.keyOrigin(),
          "the shares `validation` and `test` must be more than 0 and at most 1 together",
          "such as validation = 0.1, test = 0.1");
      return null;
    }
    Node seed = node.get("seed");
    long seeded = seed == null ? 0 : seed.read(Scalar.INTEGER, Long.class);
    return byEntity
        ? new Split.ByEntity(node.named("entity"), validation, test, seeded, node.keyOrigin())
        : new Split.ByRandom(validation, test, seeded, node.keyOrigin());
  }

  /** A share; 0 if it is not written; null if it is none, which is a problem. */
  private @Nullable Double share(@Nullable Node node) {
    if (node == null) {
      return 0.0;
    }
    double share = node.read(Scalar.NUMBER, Double.class);
    if (share < 0 || share > 1) {
      problems.add(
          node.origin(),
          "`%s` must be a share from 0 to 1, rather than `%s`".formatted(node.name(), node.text()),
          null);
      return null;
    }
    return share;
  }

  private boolean strays(Node node, String by, String... keys) {
    boolean any = false;
    for (String key : keys) {
      Node stray = node.get(key);
      if (stray != null) {
        problems.add(
            stray.keyOrigin(), "`%s` does not go with by = %s".formatted(key, by), "leave it out");
        any = true;
      }
    }
    return any;
  }

  private static @Nullable Instant instant(Node node, String key) {
    Node instant = node.get(key);
    return instant == null ? null : instant.read(Scalar.INSTANT, Instant.class);
  }
}
