package dev.tidemark.run;

import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.store.Manifest;
import dev.tidemark.store.RowsSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;

/** In what rows differ from those of a manifest, and what may be to blame. */
final class Differences {
  private final Manifest then;
  private final SparkSession session;
  private final String version;

  Differences(Manifest then, SparkSession session, String version) {
    this.then = then;
    this.session = session;
    this.version = version;
  }

  /** In words; nothing if the rows are the same. */
  List<String> of(RowsSummary now) {
    RowsSummary before = then.rows();
    if (names(now).equals(names(before))
        && now.rows() == before.rows()
        && now.contentHash().equals(before.contentHash())) {
      return List.of();
    }
    List<String> found = new ArrayList<>();
    if (now.rows() != before.rows()) {
      found.add("%,d rows now, and %,d then".formatted(now.rows(), before.rows()));
    }
    if (!names(now).equals(names(before))) {
      found.add("columns %s now, and %s then".formatted(names(now), names(before)));
    } else {
      nulls(now, before, found);
    }
    found.add(
        "content hash %s now, and %s then".formatted(now.contentHash(), before.contentHash()));
    suspects(found);
    return found;
  }

  private static List<String> names(RowsSummary summary) {
    return summary.columns().stream().map(column -> column.name() + " " + column.type()).toList();
  }

  private static void nulls(RowsSummary now, RowsSummary before, List<String> found) {
    for (int i = 0; i < now.columns().size(); i++) {
      long nulls = now.columns().get(i).nulls();
      long then = before.columns().get(i).nulls();
      if (nulls != then) {
        found.add(
            "%,d nulls in %s now, and %,d then"
                .formatted(nulls, now.columns().get(i).name(), then));
      }
    }
  }

  private void suspects(List<String> found) {
    for (Manifest.Input input : then.inputs()) {
      if (input.snapshot().kind() == InputSnapshot.Kind.UNPINNED) {
        found.add(
            "perhaps since %s could not be read as it was".formatted(input.snapshot().source()));
      }
    }
    Map<String, String> settings = ManifestWriter.settings(session);
    TreeSet<String> names = new TreeSet<>(settings.keySet());
    names.addAll(then.settings().keySet());
    for (String name : names) {
      other(name, settings.get(name), then.settings().get(name), found);
    }
    other("tidemark", version, then.versions().get("tidemark"), found);
    other("spark", session.version(), then.versions().get("spark"), found);
  }

  private static void other(
      String what,
      @org.jspecify.annotations.Nullable String now,
      @org.jspecify.annotations.Nullable String then,
      List<String> found) {
    if (!String.valueOf(now).equals(String.valueOf(then))) {
      found.add("perhaps since %s is %s now, and was %s".formatted(what, now, then));
    }
  }
}
