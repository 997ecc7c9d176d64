package dev.tidemark.definition;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads what has rows: sources and transformations, with their time rules. */
final class RowsReader {
  /** What only rows in time have. */
  private static final List<String> TIMED =
      List.of("event-time", "available-at", "delay", "tie-break", "deleted-when", "row-key");

  private final Problems problems;

  RowsReader(Problems problems) {
    this.problems = problems;
  }

  @Nullable Source source(ResourceName ref, Node node) {
    TimeRules time = time(node);
    Location location = location(node);
    Secrets.refuse(
        node.get("options"),
        problems,
        "definitions hold no credentials; they belong into env/NAME.conf, as ${?VARIABLE}");
    return location == null || time == null
        ? null
        : new Source(
            ref,
            location,
            time,
            Parts.notes(node),
            new ReadyReader(problems).read(node.get("ready"), location, time),
            Parts.about(node),
            node.keyOrigin());
  }

  private @Nullable Location location(Node node) {
    Node table = node.get("table");
    if (table != null) {
      return new Location.Table(table.text(), table.origin());
    }
    Sql sql = node.sql("sql");
    if (sql != null) {
      return new Location.Query(sql);
    }
    Node path = node.must("path");
    Node format = node.must("format");
    Node schema = node.get("schema");
    Location.Format known = Location.Format.valueOf(format.text().toUpperCase(Locale.ROOT));
    boolean text = known == Location.Format.CSV || known == Location.Format.JSON;
    if (text && schema == null) {
      problems.add(
          format.keyOrigin(),
          "a %s source declares its columns".formatted(format.text()),
          "add schema { column = type, ... }");
      return null;
    }
    if (!text && schema != null) {
      problems.add(
          schema.keyOrigin(),
          "`schema` is for csv and json; %s knows its columns".formatted(format.text()),
          "leave it out");
      return null;
    }
    return new Location.Files(
        path.text(),
        known,
        schema == null ? List.of() : Parts.columns(schema),
        Parts.texts(node, "options"),
        path.origin(),
        format.origin());
  }

  @Nullable Transformation transformation(ResourceName ref, Node node) {
    TimeRules time = time(node);
    if (time == null) {
      return null;
    }
    List<Transformation.Input> inputs =
        node.must("inputs").fields().stream()
            .map(
                input ->
                    new Transformation.Input(input.name(), input.reference(), input.keyOrigin()))
            .toList();
    Sql sql = node.sql("sql");
    Body body =
        sql != null
            ? new Body.Query(sql)
            : new Body.JavaClass(node.must("class").text(), node.must("class").origin());
    return new Transformation(
        ref, inputs, body, time, Parts.notes(node), Parts.about(node), node.keyOrigin());
  }

  private @Nullable TimeRules time(Node node) {
    boolean still = node.isTrue("static");
    boolean right = true;
    if (still) {
      for (String key : TIMED) {
        Node stray = node.get(key);
        if (stray != null) {
          problems.add(
              stray.keyOrigin(),
              "what is static has no `%s`".formatted(key),
              "leave out `static = true`, or this");
          right = false;
        }
      }
    } else if (node.get("event-time") == null) {
      problems.add(
          node.must("static").keyOrigin(),
          "what is not static needs `event-time`",
          "name the column that tells when the fact happened, or write static = true");
      right = false;
    }
    return right
        ? new TimeRules(
            still,
            node.sql("event-time"),
            node.sql("available-at"),
            node.span("delay"),
            node.named("time-zone"),
            node.names("tie-break"),
            node.sql("deleted-when"),
            node.names("row-key"))
        : null;
  }
}
