package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;

import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Label;
import dev.tidemark.pit.Engine;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.pit.Lookup;
import dev.tidemark.pit.PointInTimeJoin;
import dev.tidemark.plan.NullEvidence;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NullType;
import org.jspecify.annotations.Nullable;

/** Compiles one training set: its spine, the lookups, what is derived from them, and the split. */
final class TrainingSetCompiler {
  private final SparkSession session;
  private final Engine engine;
  private final EventRows events;
  private final Map<ResolvedView, Optional<ViewEvents>> views;
  private final Findings findings;
  private final Expressions expressions;

  TrainingSetCompiler(
      SparkSession session,
      Engine engine,
      EventRows events,
      Map<ResolvedView, Optional<ViewEvents>> views,
      Findings findings) {
    this.session = session;
    this.engine = engine;
    this.events = events;
    this.views = views;
    this.findings = findings;
    this.expressions = new Expressions(session, findings.mistakes());
  }

  /**
   * The rows of a training set, how many there must be, and of which spine; see {@link
   * CompiledTrainingSet}.
   */
  record Compiled(
      CompiledTrainingSet.Joined joined,
      CompiledTrainingSet.Joined explained,
      List<NullEvidence> evidence,
      Dataset<Row> counts,
      Dataset<Row> spine) {}

  /** The compiled set; nothing if anything is wrong with it, which has then been said. */
  Optional<Compiled> compile(ResolvedTrainingSet set, @Nullable Instant asOf) {
    return compile(set, asOf, SpineRows.of(set, events, asOf, session, findings));
  }

  /** The same for keys to score; see {@link CompiledTrainingSet}. */
  Optional<Compiled> compile(Task.ScoreKeys task, Map<String, DataType> kept) {
    return compile(
        task.trainingSet(),
        task.asOf(),
        new ScoringSpine(session, task, events, this::view, findings).rows(kept));
  }

  private Optional<Compiled> compile(
      ResolvedTrainingSet set, @Nullable Instant asOf, Optional<SpineRows> spine) {
    boolean right = spine.isPresent();
    FeatureUses uses = new FeatureUses(session, this::view);
    for (ResolvedSelection selection : set.selections()) {
      right &= uses.add(selection);
    }
    Optional<Lookup> label = new HorizonLabel(session, events, findings).lookup(set, asOf);
    right &= label.isPresent() || !HorizonLabel.isOf(set);
    if (!right || spine.isEmpty() || !derivedFit(set, spine.get(), uses)) {
      return Optional.empty();
    }
    List<Lookup> plain = new ArrayList<>();
    List<Lookup> explaining = new ArrayList<>();
    Map<FeatureUses.Use, NullLookups> reasons = new LinkedHashMap<>();
    label.ifPresent(plain::add);
    label.ifPresent(explaining::add);
    uses.forEach(
        (use, found) -> {
          if (!found.columns.isEmpty()) {
            Lookup features = found.view.lookup(found.columns, use.spineColumns(), use.lagMicros());
            NullLookups why =
                new NullLookups(
                    found.view,
                    features,
                    found.columns.keySet(),
                    reasons.size(),
                    reasonsLookBack(found.view));
            plain.add(features);
            explaining.addAll(why.lookups());
            reasons.put(use, why);
          }
        });
    return Optional.of(
        new Compiled(
            joined(set, spine.get(), plain, uses, Map.of()),
            joined(set, spine.get(), explaining, uses, reasons),
            evidence(set, reasons),
            spine.get().counts(),
            spine.get().rows()));
  }

  /** Of offline tables no tick is read but the latest at some T, not even to tell of a null. */
  private static @Nullable Long reasonsLookBack(ViewEvents view) {
    return view.resolved().isOffline() ? view.lookBack().orElse(null) : null;
  }

  private CompiledTrainingSet.Joined joined(
      ResolvedTrainingSet set,
      SpineRows spine,
      List<Lookup> lookups,
      FeatureUses uses,
      Map<FeatureUses.Use, NullLookups> reasons) {
    Dataset<Row> asking = spine.rows();
    return asked -> {
      Dataset<Row> joined =
          lookups.isEmpty()
              ? asking
              : engine.join(
                  new PointInTimeJoin(asking, ResolvedTrainingSet.EVENT_TIME, lookups, asked));
      List<String> evidence =
          evidence(set, reasons).stream().map(NullEvidence::evidence).distinct().toList();
      for (NullLookups why : reasons.values()) {
        joined = why.withBits(joined);
      }
      return finished(set, joined, uses, evidence);
    };
  }

  private List<NullEvidence> evidence(
      ResolvedTrainingSet set, Map<FeatureUses.Use, NullLookups> reasons) {
    List<NullEvidence> evidence = new ArrayList<>();
    for (ResolvedSelection selection : set.selections()) {
      NullLookups why = reasons.get(FeatureUses.of(selection));
      for (ResolvedSelection.Taken taken : selection.columns()) {
        NullEvidence found = why == null ? null : why.evidence(taken.column(), taken.as());
        if (found != null) {
          evidence.add(found);
        }
      }
    }
    return evidence;
  }

  private Optional<ViewEvents> view(ResolvedView view) {
    Optional<ViewEvents> known = views.get(view);
    if (known == null) {
      known = ViewEvents.of(view, events, session, findings);
      views.put(view, known);
    }
    return known;
  }

  /**
   * The training set's own derived columns see keys, T, kept columns, features and derived columns
   * before them, but not the label.
   */
  private boolean derivedFit(ResolvedTrainingSet set, SpineRows spine, FeatureUses uses) {
    Map<String, DataType> types = new LinkedHashMap<>();
    for (String column : spine.rows().columns()) {
      boolean hidden =
          column.startsWith(EventColumns.RESERVED_PREFIX)
              || (set.label() != null && column.equals(set.label().ref().name()));
      if (!hidden) {
        types.put(column, spine.rows().schema().apply(column).dataType());
      }
    }
    for (ResolvedSelection selection : set.selections()) {
      FeatureUses.Found found = uses.found(selection);
      for (ResolvedSelection.Taken taken : selection.columns()) {
        DataType type = found == null ? null : found.view.types().get(taken.column());
        if (type != null) {
          types.put(taken.as(), type);
        }
      }
    }
    boolean right = true;
    for (Derived derived : set.trainingSet().derived()) {
      Optional<DataType> type =
          expressions.rowLevel(
              derived.expression(),
              ViewEvents.empty(session, types),
              set.trainingSet().ref()
                  + " (its keys, event_time, kept columns and features; not the label)");
      right &= type.isPresent();
      type.ifPresent(found -> types.put(derived.name(), found));
    }
    Label label = set.label();
    if (label != null && spine.rows().schema().getFieldIndex(label.ref().name()).isDefined()) {
      types.put(label.ref().name(), spine.rows().schema().apply(label.ref().name()).dataType());
    }
    for (Derived mask : set.trainingSet().mask()) {
      DataType masked = types.get(mask.name());
      if (masked != null) {
        right &=
            expressions
                .rowLevel(
                    mask.expression(),
                    ViewEvents.empty(session, Map.of(mask.name(), masked)),
                    "the column that is masked, which is all that it sees")
                .isPresent();
      }
    }
    return right;
  }

  /** Nothing but nulls has the type of what it stands for: tables have no columns without one. */
  private Column masked(Derived mask, String column, String name, Dataset<Row> rows) {
    Column masked =
        RenamedSql.of(session, mask.expression(), Map.of(column.toLowerCase(Locale.ROOT), name));
    return rows.select(masked).schema().fields()[0].dataType() instanceof NullType
        ? masked.cast(rows.select(SparkPlans.named(name)).schema().fields()[0].dataType())
        : masked;
  }

  /** Derived columns, the split, and the columns in their order. */
  private Dataset<Row> finished(
      ResolvedTrainingSet set, Dataset<Row> joined, FeatureUses uses, List<String> evidence) {
    Dataset<Row> rows = uses.withDerived(joined);
    Map<String, String> internal = new HashMap<>();
    for (String column : joined.columns()) {
      internal.put(column, column);
    }
    for (ResolvedSelection selection : set.selections()) {
      for (ResolvedSelection.Taken taken : selection.columns()) {
        internal.put(taken.as(), uses.column(selection, taken.column()));
      }
    }
    for (Derived derived : set.trainingSet().derived()) {
      String name = FeatureUses.hidden("derived_" + derived.name());
      rows =
          rows.withColumn(
              name, RenamedSql.of(session, derived.expression(), RenamedSql.lowerCase(internal)));
      internal.put(derived.name(), name);
    }
    if (set.trainingSet().split() != null) {
      String name = FeatureUses.hidden("split");
      rows = rows.withColumn(name, SplitColumn.of(set, set.trainingSet().split()));
      internal.put(ResolvedTrainingSet.SPLIT, name);
    }
    Map<String, Derived> masks = new HashMap<>();
    set.trainingSet().mask().forEach(mask -> masks.put(mask.name(), mask));
    List<Column> columns = new ArrayList<>();
    for (String column : set.columns()) {
      Derived mask = masks.get(column);
      String name = internal.getOrDefault(column, column);
      columns.add(
          (mask == null ? SparkPlans.named(name) : masked(mask, column, name, rows)).as(column));
    }
    evidence.forEach(column -> columns.add(col(column)));
    return rows.select(SparkPlans.columns(columns));
  }
}
