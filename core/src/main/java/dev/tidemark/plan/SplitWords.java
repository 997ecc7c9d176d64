package dev.tidemark.plan;

import dev.tidemark.definition.Column;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Span;
import dev.tidemark.definition.Split;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which rows are in which part of a split, in words. */
final class SplitWords {
  private SplitWords() {}

  static List<String> of(Split split, ResolvedTrainingSet set) {
    return split.match(
        SplitWords::byTime,
        byEntity ->
            List.of(
                "all rows of one %s in one part, by a hash of %s and the seed %d"
                    .formatted(
                        entity(byEntity, set).name(),
                        entity(byEntity, set).keys().stream()
                            .map(Column::name)
                            .collect(Collectors.joining(", ")),
                        byEntity.seed()),
                shares(byEntity.validation(), byEntity.test())),
        byRandom ->
            List.of(
                "by a hash of the keys, T and the seed %d: equal rows are in one part"
                    .formatted(byRandom.seed()),
                shares(byRandom.validation(), byRandom.test())));
  }

  private static Entity entity(Split.ByEntity split, ResolvedTrainingSet set) {
    Named named = split.entity();
    return set.entities().stream()
        .filter(entity -> named == null || entity.name().equals(named.name()))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("not resolved: " + named));
  }

  private static String shares(double validation, double test) {
    return "%s validation, %s test, the rest train".formatted(percent(validation), percent(test));
  }

  private static String percent(double share) {
    BigDecimal percent = BigDecimal.valueOf(share).movePointRight(2).stripTrailingZeros();
    return percent.toPlainString() + " %";
  }

  private static List<String> byTime(Split.ByTime split) {
    List<String> lines = new ArrayList<>();
    Instant validation = split.validationFrom();
    Instant test = split.testFrom();
    if (validation != null) {
      part(lines, "train", null, validation, split.embargo());
    }
    if (test != null) {
      part(lines, validation == null ? "train" : "validation", validation, test, split.embargo());
    }
    Instant last = test == null ? validation : test;
    lines.add("%s: T >= %s".formatted(test == null ? "validation" : "test", last));
    return lines;
  }

  /** A part, and the embargo that lies between it and the boundary at which the next begins. */
  private static void part(
      List<String> lines,
      String name,
      @Nullable Instant from,
      Instant boundary,
      @Nullable Span embargo) {
    Instant to = embargo == null ? boundary : boundary.minus(embargo.duration());
    lines.add("%s: %sT < %s".formatted(name, from == null ? "" : from + " <= ", to));
    if (embargo != null) {
      lines.add("embargo: %s <= T < %s, in no part".formatted(to, boundary));
    }
  }
}
