package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;

import dev.tidemark.definition.Label;
import dev.tidemark.definition.Rows;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.pit.Lookup;
import dev.tidemark.pit.Output;
import dev.tidemark.plan.BoundKey;
import dev.tidemark.plan.ResolvedTrainingSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/**
 * A label over a horizon h as a lookup as of T + h with a window of h, that is (T, T + h], over the
 * events known at the as-of time.
 */
final class HorizonLabel {
  private static final String KEY = EventColumns.RESERVED_PREFIX + "label_key_";

  private final EventRows events;
  private final Findings findings;
  private final Expressions expressions;

  HorizonLabel(SparkSession session, EventRows events, Findings findings) {
    this.events = events;
    this.findings = findings;
    this.expressions = new Expressions(session, findings.mistakes());
  }

  static boolean isOf(ResolvedTrainingSet set) {
    return set.label() != null && set.label().target().match(ofRow -> false, over -> true);
  }

  /** Nothing where the label is a value of its row; or is wrong, which has then been said. */
  Optional<Lookup> lookup(ResolvedTrainingSet set, @Nullable Instant asOf) {
    Label label = set.label();
    Rows source = set.labelSource();
    List<BoundKey> keys = set.labelKeys();
    if (label == null || source == null || keys == null || !isOf(set)) {
      return Optional.empty();
    }
    Optional<Dataset<Row>> read = events.of(source);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    String of = source.ref().toString();
    boolean right = label.where() == null || expressions.condition(label.where(), read.get(), of);
    Dataset<Row> known = SpineRows.known(read.get(), source, keys, asOf);
    List<Lookup.Key> pairs = new ArrayList<>();
    KeyTypes keyTypes = new KeyTypes(findings.mistakes());
    for (int i = 0; i < keys.size(); i++) {
      Optional<Column> typed = keyTypes.typed(keys.get(i), read.get(), of);
      right &= typed.isPresent();
      if (typed.isPresent()) {
        known = known.withColumn(KEY + i, typed.get());
        pairs.add(new Lookup.Key(keys.get(i).key().name(), KEY + i));
      }
    }
    Dataset<Row> visible =
        known
            .where(SpineRows.visibleAt(asOf))
            .withColumn(EventColumns.VISIBLE_FROM, col(EventColumns.EVENT_TIME));
    boolean checked = right;
    return label
        .target()
        .match(
            ofRow -> Optional.empty(),
            over -> {
              Optional<DataType> type = expressions.aggregate(over.aggregate(), read.get(), of);
              return type.isEmpty() || !checked
                  ? Optional.empty()
                  : Optional.of(lookup(label, over, visible, pairs));
            });
  }

  private static Lookup lookup(
      Label label, Label.OverHorizon over, Dataset<Row> visible, List<Lookup.Key> keys) {
    long horizon = over.horizon().micros();
    return new Lookup(
        label.ref().toString(),
        visible,
        keys,
        true,
        false,
        -horizon,
        List.of(),
        List.of(),
        List.of(),
        label.where() == null ? null : label.where().text(),
        List.of(
            new Output.Windowed(
                label.ref().name(), over.aggregate().text(), null, null, horizon, null)));
  }
}
