package dev.tidemark.compile;

import static org.apache.spark.sql.functions.col;

import dev.tidemark.definition.Derived;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Rows;
import dev.tidemark.pit.Engine;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.pit.Lookup;
import dev.tidemark.pit.Output;
import dev.tidemark.pit.PointInTimeJoin;
import dev.tidemark.plan.BoundKey;
import dev.tidemark.plan.NullEvidence;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.ResolvedView;
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
import org.jspecify.annotations.Nullable;

/** Compiles one training set: its spine, the lookups, what is derived from them, and the split. */
final class TrainingSetCompiler {
  private static final String FEATURE = EventColumns.RESERVED_PREFIX + "feature_";
  private static final String LABEL_KEY = EventColumns.RESERVED_PREFIX + "label_key_";

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

  /** One lookup of a view: as of one lag, by one set of spine columns. */
  private record Use(ResolvedView view, List<String> spineColumns, long lagMicros) {}

  /**
   * The columns that a lookup is to find, by the view's name, under names of the joined Dataset.
   */
  private static final class Found {
    final ViewEvents view;
    final Map<String, String> columns = new LinkedHashMap<>();

    Found(ViewEvents view) {
      this.view = view;
    }
  }

  /** The compiled set; nothing if anything is wrong with it, which has then been said. */
  Optional<Compiled> compile(ResolvedTrainingSet set, @Nullable Instant asOf) {
    Optional<SpineRows> spine = SpineRows.of(set, events, asOf, session, findings);
    boolean right = spine.isPresent();
    Map<Use, Found> uses = new LinkedHashMap<>();
    for (ResolvedSelection selection : set.selections()) {
      right &= use(selection, uses);
    }
    Optional<Lookup> label = label(set, asOf);
    right &= label.isPresent() || !overHorizon(set);
    if (!right || spine.isEmpty() || !derivedFit(set, spine.get(), uses)) {
      return Optional.empty();
    }
    List<Lookup> plain = new ArrayList<>();
    List<Lookup> explaining = new ArrayList<>();
    Map<Use, NullLookups> reasons = new LinkedHashMap<>();
    label.ifPresent(plain::add);
    label.ifPresent(explaining::add);
    uses.forEach(
        (use, found) -> {
          if (!found.columns.isEmpty()) {
            Lookup features = found.view.lookup(found.columns, use.spineColumns(), use.lagMicros());
            NullLookups why =
                new NullLookups(found.view, features, found.columns.keySet(), reasons.size(), null);
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

  private CompiledTrainingSet.Joined joined(
      ResolvedTrainingSet set,
      SpineRows spine,
      List<Lookup> lookups,
      Map<Use, Found> uses,
      Map<Use, NullLookups> reasons) {
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

  private List<NullEvidence> evidence(ResolvedTrainingSet set, Map<Use, NullLookups> reasons) {
    List<NullEvidence> evidence = new ArrayList<>();
    for (ResolvedSelection selection : set.selections()) {
      NullLookups why = reasons.get(useOf(selection));
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

  private Use useOf(ResolvedSelection selection) {
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < selection.spineColumns().size(); i++) {
      ResolvedSelection.SpineColumn column = selection.spineColumns().get(i);
      columns.add(
          column.role()
              ? SpineRows.role(column.name(), selection.view().keys().get(i))
              : column.name());
    }
    return new Use(
        selection.view(),
        columns,
        selection.selection().lag() == null ? 0 : selection.selection().lag().micros());
  }

  /**
   * Adds what a selection needs to the lookup that it shares with others of the same view, role and
   * lag.
   */
  private boolean use(ResolvedSelection selection, Map<Use, Found> uses) {
    Optional<ViewEvents> view = view(selection.view());
    if (view.isEmpty()) {
      return false;
    }
    Use use = useOf(selection);
    Found found = uses.get(use);
    if (found == null) {
      found = new Found(view.get());
      uses.put(use, found);
    }
    int number = new ArrayList<>(uses.keySet()).indexOf(use);
    for (ResolvedSelection.Taken taken : selection.columns()) {
      need(taken.column(), found, number);
    }
    return true;
  }

  /** A feature is looked up; a derived column needs what it is derived from. */
  private void need(String column, Found found, int number) {
    Derived derived = derived(found.view.resolved(), column);
    if (derived == null) {
      found.columns.putIfAbsent(column, FEATURE + number + "_" + column);
      return;
    }
    for (String name : RenamedSql.columnsOf(session, derived.expression())) {
      for (String known : found.view.types().keySet()) {
        if (known.equalsIgnoreCase(name) && !known.equals(column)) {
          need(known, found, number);
        }
      }
    }
  }

  private static @Nullable Derived derived(ResolvedView view, String column) {
    return view.view().derived().stream()
        .filter(derived -> derived.name().equals(column))
        .findFirst()
        .orElse(null);
  }

  private static boolean overHorizon(ResolvedTrainingSet set) {
    return set.label() != null && set.label().target().match(ofRow -> false, over -> true);
  }

  /**
   * A label over a horizon h as a lookup as of T + h with a window of h, that is (T, T + h], over
   * the events known at the as-of time.
   */
  private Optional<Lookup> label(ResolvedTrainingSet set, @Nullable Instant asOf) {
    Label label = set.label();
    Rows source = set.labelSource();
    List<BoundKey> keys = set.labelKeys();
    if (label == null || source == null || keys == null || !overHorizon(set)) {
      return Optional.empty();
    }
    Optional<Dataset<Row>> read = events.of(source);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    String of = source.ref().toString();
    boolean right = label.where() == null || expressions.condition(label.where(), read.get(), of);
    Dataset<Row> known = SpineRows.known(read.get(), source, withKeys(set, keys), asOf);
    List<Lookup.Key> pairs = new ArrayList<>();
    KeyTypes keyTypes = new KeyTypes(findings.mistakes());
    for (int i = 0; i < keys.size(); i++) {
      Optional<Column> typed = keyTypes.typed(keys.get(i), read.get(), of);
      right &= typed.isPresent();
      if (typed.isPresent()) {
        known = known.withColumn(LABEL_KEY + i, typed.get());
        pairs.add(new Lookup.Key(keys.get(i).key().name(), LABEL_KEY + i));
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
              long horizon = over.horizon().micros();
              return type.isEmpty() || !checked
                  ? Optional.empty()
                  : Optional.of(
                      new Lookup(
                          label.ref().toString(),
                          visible,
                          pairs,
                          true,
                          false,
                          -horizon,
                          List.of(),
                          List.of(),
                          List.of(),
                          label.where() == null ? null : label.where().text(),
                          List.of(
                              new Output.Windowed(
                                  label.ref().name(),
                                  over.aggregate().text(),
                                  null,
                                  null,
                                  horizon,
                                  null))));
            });
  }

  private static ResolvedTrainingSet withKeys(ResolvedTrainingSet set, List<BoundKey> keys) {
    return new ResolvedTrainingSet(
        set.trainingSet(),
        set.entities(),
        set.spine(),
        keys,
        set.where(),
        set.keep(),
        set.label(),
        set.labelSource(),
        set.labelKeys(),
        set.selections(),
        set.columns(),
        set.fingerprint());
  }

  /**
   * The training set's own derived columns see keys, T, kept columns, features and derived columns
   * before them, but not the label.
   */
  private boolean derivedFit(ResolvedTrainingSet set, SpineRows spine, Map<Use, Found> uses) {
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
      Found found = uses.get(useOf(selection));
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
    return right;
  }

  /** Derived columns, the split, and the columns in their order. */
  private Dataset<Row> finished(
      ResolvedTrainingSet set, Dataset<Row> joined, Map<Use, Found> uses, List<String> evidence) {
    Dataset<Row> rows = joined;
    int number = 0;
    for (Found found : uses.values()) {
      rows = withViewDerived(rows, found, number++);
    }
    Map<String, String> internal = new HashMap<>();
    for (String column : joined.columns()) {
      internal.put(column, column);
    }
    for (ResolvedSelection selection : set.selections()) {
      Found found = uses.get(useOf(selection));
      int at = new ArrayList<>(uses.keySet()).indexOf(useOf(selection));
      for (ResolvedSelection.Taken taken : selection.columns()) {
        if (found != null) {
          internal.put(taken.as(), FEATURE + at + "_" + taken.column());
        }
      }
    }
    for (Derived derived : set.trainingSet().derived()) {
      String name = FEATURE + "derived_" + derived.name();
      rows =
          rows.withColumn(name, RenamedSql.of(session, derived.expression(), lowerCase(internal)));
      internal.put(derived.name(), name);
    }
    if (set.trainingSet().split() != null) {
      String name = FEATURE + "split";
      rows = rows.withColumn(name, SplitColumn.of(set, set.trainingSet().split()));
      internal.put(ResolvedTrainingSet.SPLIT, name);
    }
    List<Column> columns = new ArrayList<>();
    for (String column : set.columns()) {
      columns.add(SparkPlans.named(internal.getOrDefault(column, column)).as(column));
    }
    evidence.forEach(column -> columns.add(col(column)));
    return rows.select(SparkPlans.columns(columns));
  }

  private Dataset<Row> withViewDerived(Dataset<Row> joined, Found found, int number) {
    Dataset<Row> rows = joined;
    Map<String, String> names = new HashMap<>(lowerCase(found.columns));
    for (Derived derived : found.view.resolved().view().derived()) {
      boolean complete =
          RenamedSql.columnsOf(session, derived.expression()).stream().allMatch(names::containsKey);
      if (complete) {
        String name = FEATURE + number + "_" + derived.name();
        rows = rows.withColumn(name, RenamedSql.of(session, derived.expression(), names));
        names.put(derived.name().toLowerCase(Locale.ROOT), name);
      }
    }
    return rows;
  }

  private static Map<String, String> lowerCase(Map<String, String> names) {
    Map<String, String> lower = new HashMap<>();
    names.forEach((name, column) -> lower.put(name.toLowerCase(Locale.ROOT), column));
    return lower;
  }
}
