package dev.tidemark.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.tidemark.pit.EventColumns;
import dev.tidemark.pit.Lookup;
import dev.tidemark.pit.Output;
import dev.tidemark.pit.PointInTimeJoin;
import dev.tidemark.pit.SlotEngine;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A question answered by Tidemark's engine. */
record TidemarkJoin(SparkSession session, Question question) {

  Dataset<Row> rows() {
    List<Lookup> lookups = question.views().stream().map(this::lookup).toList();
    Dataset<Row> joined =
        new SlotEngine()
            .join(new PointInTimeJoin(session.table(question.spine().name()), "t", lookups));
    return joined.select(
        Stream.concat(Stream.of("id"), question.features().stream().map(Feature::name))
            .map(name -> col(name))
            .toArray(Column[]::new));
  }

  private Lookup lookup(Question.View view) {
    Dataset<Row> events =
        session
            .table(view.events().name())
            .withColumn(EventColumns.EVENT_TIME, col("event_time"))
            .withColumn(EventColumns.AVAILABLE_TIME, col("event_time"))
            .withColumn(EventColumns.VISIBLE_FROM, col("event_time"))
            .withColumn(EventColumns.DELETED, lit(false));
    List<String> latest =
        view.features().stream()
            .flatMap(feature -> feature.match(value -> Stream.of(value.column()), w -> Stream.of()))
            .toList();
    return new Lookup(
        view.events().name(),
        events,
        List.of(new Lookup.Key("k", "k")),
        true,
        false,
        0,
        List.of(),
        // As the compiler of definitions does: the values that the view shows decide last.
        latest,
        List.of(),
        null,
        view.features().stream().map(TidemarkJoin::output).toList());
  }

  private static Output output(Feature feature) {
    return feature.match(
        latest -> new Output.Latest(latest.name(), latest.column(), null, null, false),
        windowed ->
            new Output.Windowed(
                windowed.name(),
                windowed.aggregate().of(windowed.column()),
                null,
                null,
                windowed.micros(),
                null));
  }
}
