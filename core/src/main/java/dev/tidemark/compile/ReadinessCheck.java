package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.unix_micros;

import dev.tidemark.definition.Location;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Ready;
import dev.tidemark.definition.Source;
import dev.tidemark.definition.Span;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.plan.Readiness;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;

/**
 * Asks whether a source holds all that belongs before an instant T.
 *
 * <p>Folders and files are asked first, of the file system; only if those are there, the rows are.
 * Of the rows it is asked whether one is late enough: a filter, by which partitions and statistics
 * leave files out. Only where there is none, the greatest time is looked for, to tell it.
 */
final class ReadinessCheck {
  private final SparkSession session;
  private final EventRows events;
  private final SourceReader reader;
  private final Findings findings;
  private final Instant until;
  private final List<Readiness.Condition> conditions = new ArrayList<>();

  /**
   * @param findings of {@code events}; where a source is not there, it is not ready, and that is
   *     taken out of them
   * @param until T
   */
  ReadinessCheck(
      SparkSession session,
      EventRows events,
      SourceReader reader,
      Findings findings,
      Instant until) {
    this.session = session;
    this.events = events;
    this.reader = reader;
    this.findings = findings;
    this.until = until;
  }

  Readiness of(Source source) {
    Ready rule = source.ready();
    if (rule != null) {
      files(source, rule);
    }
    boolean thereSoFar = conditions.stream().allMatch(Readiness.Condition::holds);
    if (thereSoFar && (rule == null || rule.rows() != null || rule.watermark() != null)) {
      rows(source, rule);
    }
    return new Readiness(source.ref(), rule != null, conditions);
  }

  private void add(String name, boolean holds, String found) {
    conditions.add(new Readiness.Condition(name, holds, found));
  }

  private void files(Source source, Ready rule) {
    if (!(source.location() instanceof Location.Files files)) {
      return;
    }
    String path = reader.absolute(files.path());
    if (rule.partition() != null) {
      String folder = path + "/" + filled(rule.partition(), source);
      look("partition", folder, "no files in ", this::hasFile);
    }
    if (rule.successFile() != null) {
      String file = path + "/" + filled(rule.successFile(), source);
      look("success-file", file, "no file ", pattern -> found(pattern).length > 0);
    }
  }

  private interface Look {
    boolean finds(Path pattern) throws IOException;
  }

  /** What can't be looked at now may be at another look. */
  private void look(String name, String place, String missing, Look look) {
    try {
      boolean there = look.finds(new Path(place));
      add(name, there, there ? place : missing + place);
    } catch (IOException e) {
      add(name, false, "%s can't be looked at: %s".formatted(place, SqlErrors.brief(e)));
    }
  }

  /** The template of the last instant before T, in the source's zone, or else UTC. */
  private String filled(Named template, Source source) {
    Named named = source.time().timeZone();
    ZonedDateTime last =
        until
            .minus(1, ChronoUnit.MICROS)
            .atZone(named == null ? ZoneOffset.UTC : ZoneId.of(named.name()));
    return template
        .name()
        .replace("{date}", last.toLocalDate().toString())
        .replace("{year}", "%04d".formatted(last.getYear()))
        .replace("{month}", "%02d".formatted(last.getMonthValue()))
        .replace("{day}", "%02d".formatted(last.getDayOfMonth()))
        .replace("{hour}", "%02d".formatted(last.getHour()));
  }

  private FileStatus[] found(Path pattern) throws IOException {
    FileStatus[] found = fileSystem(pattern).globStatus(pattern);
    return found == null ? new FileStatus[0] : found;
  }

  private FileSystem fileSystem(Path path) throws IOException {
    return path.getFileSystem(SparkPlans.classic(session).sessionState().newHadoopConf());
  }

  /** True if there is a file of data in it, however deep; files that Spark passes over are none. */
  private boolean hasFile(Path pattern) throws IOException {
    for (FileStatus status : found(pattern)) {
      if (status.isDirectory() && hasFile(fileSystem(pattern), status.getPath())) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasFile(FileSystem fileSystem, Path folder) throws IOException {
    var listed = fileSystem.listStatusIterator(folder);
    while (listed.hasNext()) {
      FileStatus status = listed.next();
      String name = status.getPath().getName();
      boolean hidden = name.startsWith(".") || (name.startsWith("_") && !name.contains("="));
      if (!hidden && (status.isFile() || hasFile(fileSystem, status.getPath()))) {
        return true;
      }
    }
    return false;
  }

  private void rows(Source source, @Nullable Ready rule) {
    refresh(source);
    Optional<Dataset<Row>> found = events.of(source);
    if (found.isEmpty()) {
      add(
          "exists",
          false,
          findings.missing().sorted().stream()
              .map(
                  problem ->
                      problem.hint() == null
                          ? problem.what()
                          : problem.what() + ": " + problem.hint())
              .reduce((one, other) -> one + "; " + other)
              .orElse("it can't be read"));
      return;
    }
    add("exists", true, "it is there");
    Dataset<Row> rows = found.get();
    if (rule == null) {
      if (!source.time().isStatic()) {
        reached(
            source,
            rows,
            "watermark",
            "a row becomes visible",
            col(EventColumns.VISIBLE_FROM),
            null);
      }
      return;
    }
    if (rule.rows() != null) {
      counted(source, rows, rule.rows());
    }
    Ready.Watermark watermark = rule.watermark();
    if (watermark == null) {
      return;
    }
    Optional<Column> time =
        watermark.isEventTime()
            ? Optional.of(col(EventColumns.EVENT_TIME))
            : watermark.isAvailableAt()
                ? Optional.of(col(EventColumns.AVAILABLE_TIME))
                : events.instant(watermark.of(), source.time(), rows, source.ref().toString());
    time.ifPresent(
        greatest ->
            reached(source, rows, "watermark", watermark.of().text(), greatest, watermark.late()));
  }

  /**
   * A table that was looked at before may have got rows since. Queries need no such thing: each is
   * analyzed in a session of its own, which has looked at nothing before.
   */
  private void refresh(Source source) {
    if (source.location() instanceof Location.Table table
        && session.catalog().tableExists(table.name())) {
      session.catalog().refreshTable(table.name());
    }
  }

  private void counted(Source source, Dataset<Row> rows, Ready.AtLeast atLeast) {
    Column time = col(EventColumns.EVENT_TIME);
    Dataset<Row> counted = rows;
    String where = "";
    if (!source.time().isStatic()) {
      counted = rows.where(time.lt(instant(until)));
      where = " before " + until;
      if (atLeast.within() != null) {
        Instant from = until.minus(atLeast.within().duration());
        counted = counted.where(time.geq(instant(from)));
        where = " in [%s, %s)".formatted(from, until);
      }
    }
    long count = atMost(counted, atLeast.min()).count();
    boolean enough = count >= atLeast.min();
    add(
        "rows",
        enough,
        enough
            ? "%,d rows or more%s".formatted(atLeast.min(), where)
            : "%,d rows%s, at least %,d".formatted(count, where, atLeast.min()));
  }

  /**
   * No partition is read further than to a number of rows. Their counts are right below it, and
   * come to it where there are as many; unlike a limit of all rows this moves none.
   */
  private Dataset<Row> atMost(Dataset<Row> rows, long most) {
    return most > Integer.MAX_VALUE
        ? rows
        : SparkPlans.ofPlan(
            session,
            new LocalLimit(
                Literal.create((int) most, DataTypes.IntegerType), SparkPlans.analyzed(rows)));
  }

  private void reached(
      Source source,
      Dataset<Row> rows,
      String name,
      String what,
      Column time,
      @Nullable Span late) {
    Instant bound = late == null ? until : until.minus(late.duration());
    // Of a source whose rows are visible when they happen, so that files are left out by it.
    boolean plain = source.time().availableAt() == null && source.time().delay() == null;
    Column asked =
        plain && what.equals("a row becomes visible") ? col(EventColumns.EVENT_TIME) : time;
    if (!rows.where(asked.geq(instant(bound))).isEmpty()) {
      add(name, true, "%s at or after %s".formatted(what, bound));
      return;
    }
    Row greatest = rows.agg(max(unix_micros(asked))).first();
    add(
        name,
        false,
        greatest.isNullAt(0)
            ? "%s at or after %s: no row yet".formatted(what, bound)
            : "%s at or after %s: reached %s"
                .formatted(
                    what, bound, Instant.EPOCH.plus(greatest.getLong(0), ChronoUnit.MICROS)));
  }

  private static Column instant(Instant time) {
    return timestamp_micros(lit(SpineRows.micros(time)));
  }
}
