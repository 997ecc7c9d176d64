package dev.tidemark.definition;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who may use what, by tags: the project's {@code policy.conf}.
 *
 * @param roles who has each role, by its name
 * @param rules in the order written
 */
public record Policy(Map<String, List<String>> roles, List<Rule> rules) {
  /** Of a project without the file: all may use all. */
  public static final Policy NONE = new Policy(Map.of(), List.of());

  /**
   * One rule.
   *
   * @param tags what carries one of these is meant
   * @param environments in which it holds; empty: in all
   * @param roles who may use it; null: everybody
   * @param masked true: others may too, but a training set must write such columns masked
   * @param description why, for those who are refused
   */
  public record Rule(
      String name,
      Set<String> tags,
      Set<String> environments,
      @Nullable Set<String> roles,
      boolean masked,
      @Nullable String description,
      Origin origin) {
    public Rule {
      tags = Set.copyOf(tags);
      environments = Set.copyOf(environments);
      roles = roles == null ? null : Set.copyOf(roles);
    }

    /** The rule's tags among some. */
    public Set<String> meant(Collection<String> of) {
      Set<String> found = new TreeSet<>(of);
      found.retainAll(tags);
      return found;
    }
  }

  public Policy {
    roles = Map.copyOf(roles);
    rules = List.copyOf(rules);
  }

  /** The rules that hold for somebody in an environment. */
  public List<Rule> rules(String environment, String who) {
    return rules.stream()
        .filter(rule -> rule.environments().isEmpty() || rule.environments().contains(environment))
        .filter(rule -> rule.roles() == null || !hasOne(who, rule.roles()))
        .toList();
  }

  private boolean hasOne(String who, Set<String> wanted) {
    return wanted.stream().anyMatch(role -> roles.getOrDefault(role, List.of()).contains(who));
  }
}
