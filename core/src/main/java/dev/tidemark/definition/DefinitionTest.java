package dev.tidemark.definition;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A test of a view or training set, written beside the definitions.
 *
 * @param name what it holds
 * @param of what is tested
 * @param given source rows; values are strings, numbers, booleans, null, lists or maps of these
 * @param expect keys, {@code as-of} and expected features
 */
public record DefinitionTest(
    String name,
    Reference of,
    List<Map<String, @Nullable Object>> given,
    List<Map<String, @Nullable Object>> expect,
    Origin origin) {

  public DefinitionTest {
    given = List.copyOf(given);
    expect = List.copyOf(expect);
  }
}
