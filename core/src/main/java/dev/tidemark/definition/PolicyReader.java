package dev.tidemark.definition;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a {@link Policy} of {@code policy.conf}. */
final class PolicyReader {
  private final Problems problems;

  PolicyReader(Problems problems) {
    this.problems = problems;
  }

  Policy read(Node root) {
    if (!new ShapeCheck(problems).object(Language.POLICY, root)) {
      return Policy.NONE;
    }
    Map<String, List<String>> roles = new LinkedHashMap<>();
    for (Node role : fields(root, "roles")) {
      roles.put(role.name(), role.elements().stream().map(Node::text).toList());
    }
    List<Policy.Rule> rules = new ArrayList<>();
    for (Node rule : fields(root, "rules")) {
      rules.add(rule(rule, roles));
    }
    return new Policy(roles, rules);
  }

  private Policy.Rule rule(Node node, Map<String, List<String>> known) {
    Node roles = node.get("roles");
    for (Node role : roles == null ? List.<Node>of() : roles.elements()) {
      if (!known.containsKey(role.text())) {
        problems.addNearest(
            role.origin(),
            "no role `%s`".formatted(role.text()),
            role.text(),
            List.copyOf(known.keySet()));
      }
    }
    Node description = node.get("description");
    return new Policy.Rule(
        node.name(),
        texts(node.must("tags")),
        texts(node.get("environments")),
        roles == null ? null : texts(roles),
        node.isTrue("masked"),
        description == null ? null : description.text(),
        node.keyOrigin());
  }

  private static Set<String> texts(@Nullable Node node) {
    return node == null
        ? Set.of()
        : new HashSet<>(node.elements().stream().map(Node::text).toList());
  }

  private static List<Node> fields(Node node, String key) {
    Node object = node.get(key);
    return object == null ? List.of() : object.fields();
  }
}
