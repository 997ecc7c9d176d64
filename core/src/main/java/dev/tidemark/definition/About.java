package dev.tidemark.definition;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What every resource may say of itself; nothing here changes a value, so none of it is hashed. */
public record About(
    @Nullable String owner,
    @Nullable String description,
    List<String> tags,
    Map<String, String> properties) {

  /** Nothing is said. */
  public static final About NOTHING = new About(null, null, List.of(), Map.of());

  /** Its keys in a definition. */
  static final Set<String> KEYS = Set.of("owner", "description", "tags", "properties");

  public About {
    tags = List.copyOf(tags);
    properties = Map.copyOf(properties);
  }
}
