package dev.tidemark.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A project beside the registry, in words. */
public final class RegistryWords {
  /** More names than these are counted. */
  private static final int MOST_NAMES = 12;

  private RegistryWords() {}

  /** Lines for people, of everything but what is the same. */
  public static String of(RegistryDiff diff) {
    List<String> lines = new ArrayList<>();
    diff.changed().forEach(changed -> lines.addAll(of(changed)));
    diff.deleted().stream()
        .filter(tombstone -> !tombstone.isColumn())
        .forEach(tombstone -> lines.add("deleted    " + Lifecycle.deleted(tombstone)));
    diff.described().forEach(described -> lines.addAll(of(described)));
    byKind(diff.added()).forEach((kind, names) -> lines.add("new        " + kind + ": " + names));
    if (!diff.absent().isEmpty()) {
      lines.add("not here   " + names(diff.absent()));
      lines.add("           registered, and not in this project; they stay as they are");
    }
    if (diff.isNothing()) {
      lines.add("nothing to apply: all %,d are registered as they are".formatted(diff.same()));
    } else {
      lines.add(
          "%,d new, %,d described anew, %,d changed, %,d the same"
              .formatted(
                  diff.added().size(),
                  diff.described().size(),
                  diff.changed().size(),
                  diff.same()));
    }
    return String.join("\n", lines);
  }

  private static List<String> of(RegistryDiff.Changed changed) {
    List<String> lines = new ArrayList<>();
    lines.add("changed    " + changed.after().id());
    changed.fields().forEach(field -> lines.add("  " + line(field)));
    if (!changed.through().isEmpty()) {
      lines.add("  by way of " + names(changed.through()));
    }
    String touches = touches(changed);
    if (!touches.isEmpty()) {
      lines.add("  touches " + touches);
    }
    return lines;
  }

  /** The resources that are built from what has changed; columns go with their views. */
  public static String touches(RegistryDiff.Changed changed) {
    return names(
        changed.touches().stream()
            .filter(id -> !id.startsWith(Registration.FEATURES + "."))
            .toList());
  }

  private static List<String> of(RegistryDiff.Described described) {
    List<String> lines = new ArrayList<>();
    lines.add("described  " + described.after().id());
    described.fields().forEach(field -> lines.add("  " + line(field)));
    return lines;
  }

  /** One difference. */
  public static String line(RegistryDiff.Field field) {
    return "%s: %s -> %s".formatted(field.path(), value(field.before()), value(field.after()));
  }

  private static String value(@Nullable String text) {
    return text == null || text.isEmpty() ? "nothing" : SqlMeaning.oneLine(text);
  }

  private static Map<String, String> byKind(Collection<Registration> all) {
    Map<String, List<String>> names = new TreeMap<>();
    for (Registration each : all) {
      names.computeIfAbsent(each.kind(), kind -> new ArrayList<>()).add(each.name());
    }
    Map<String, String> rendered = new TreeMap<>();
    names.forEach((kind, of) -> rendered.put(kind, names(of)));
    return rendered;
  }

  /** Some names, and how many more there are. */
  private static String names(Collection<String> all) {
    String some = all.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
    return all.size() <= MOST_NAMES
        ? some
        : "%s and %,d more".formatted(some, all.size() - MOST_NAMES);
  }
}
