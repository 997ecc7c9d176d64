package dev.tidemark.definition;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads feature views. */
final class FeatureViewReader {
  private final Problems problems;

  FeatureViewReader(Problems problems) {
    this.problems = problems;
  }

  FeatureView view(ResourceName ref, Node node) {
    Node asOf = node.get("as-of");
    boolean ignoreNulls = node.isTrue("ignore-nulls");
    return new FeatureView(
        ref,
        node.must("entity").named(),
        Parts.oneOrMore(node, "source", "sources", Node::reference),
        Parts.keys(node),
        node.sql("where"),
        node.span("ttl"),
        asOf != null && asOf.text().equals("exclusive"),
        node.must("features").fields().stream()
            .map(feature -> feature(feature, ignoreNulls))
            .toList(),
        Parts.derived(node),
        materialize(node.get("materialize")),
        node.isTrue("use-materialized") ? node.must("use-materialized").keyOrigin() : null,
        GatesReader.read(node.get("gates"), problems),
        Parts.about(node),
        node.keyOrigin());
  }

  private static Feature feature(Node node, boolean ignoreNulls) {
    Sql value = node.sql("value");
    if (value != null) {
      return new Feature.Latest(
          node.name(),
          value,
          node.sql("where"),
          node.get("ignore-nulls") == null ? ignoreNulls : node.isTrue("ignore-nulls"),
          Parts.about(node),
          node.keyOrigin());
    }
    List<Window> windows =
        node.must("windows").elements().stream()
            .map(
                window ->
                    new Window(
                        window.text().equals("unbounded") ? null : window.span(), window.origin()))
            .toList();
    return new Feature.Windowed(
        node.name(),
        node.must("aggregate").sql(),
        windows,
        node.sql("where"),
        node.sql("by"),
        node.sql("when-empty"),
        Parts.about(node),
        node.keyOrigin());
  }

  private static @Nullable Materialize materialize(@Nullable Node node) {
    return node == null
        ? null
        : new Materialize(
            node.must("every").span(),
            node.must("start").read(Scalar.INSTANT, Instant.class),
            node.keyOrigin());
  }
}
