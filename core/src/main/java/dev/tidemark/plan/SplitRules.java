package dev.tidemark.plan;

import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Span;
import dev.tidemark.definition.Split;
import java.time.Duration;
import java.util.List;

/** What a split must keep that only its training set knows, or that makes a part of it empty. */
final class SplitRules {
  private final Problems problems;

  SplitRules(Problems problems) {
    this.problems = problems;
  }

  /** False after a problem. */
  boolean check(Split split, List<Entity> entities) {
    return split.match(this::byTime, byEntity -> byEntity(byEntity, entities), byRandom -> true);
  }

  private boolean byTime(Split.ByTime split) {
    Span embargo = split.embargo();
    if (embargo == null || split.validationFrom() == null || split.testFrom() == null) {
      return true;
    }
    Duration validation = Duration.between(split.validationFrom(), split.testFrom());
    if (embargo.duration().compareTo(validation) >= 0) {
      problems.add(
          embargo.origin(),
          "an embargo of %s leaves nothing of the %s of validation"
              .formatted(embargo, words(validation)),
          "make it shorter, or move `test-from`");
      return false;
    }
    return true;
  }

  private static String words(Duration length) {
    return length.toDays() > 0 && length.equals(Duration.ofDays(length.toDays()))
        ? length.toDays() + "d"
        : length.toString();
  }

  private boolean byEntity(Split.ByEntity split, List<Entity> entities) {
    List<String> names = entities.stream().map(Entity::name).toList();
    Named entity = split.entity();
    if (entity != null && !names.contains(entity.name())) {
      problems.addNearest(
          entity.origin(),
          "the rows are not of entity `%s`, but of %s".formatted(entity, String.join(", ", names)),
          entity.name(),
          names);
      return false;
    }
    if (entity == null && entities.size() > 1) {
      problems.add(
          split.origin(),
          "a split by entity of rows with several entities must say which one",
          "add entity = " + names.get(0));
      return false;
    }
    return true;
  }
}
