package dev.tidemark.compile;

import dev.tidemark.definition.Derived;
import dev.tidemark.pit.EventColumns;
import dev.tidemark.plan.ResolvedSelection;
import dev.tidemark.plan.ResolvedView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * What a training set's selections need looked up: those of one view, role and lag share a lookup.
 */
final class FeatureUses {
  private static final String FEATURE = EventColumns.RESERVED_PREFIX + "feature_";

  private final SparkSession session;
  private final Function<ResolvedView, Optional<ViewEvents>> views;
  private final Map<Use, Found> uses = new LinkedHashMap<>();

  /**
   * @param views reads and checks a view
   */
  FeatureUses(SparkSession session, Function<ResolvedView, Optional<ViewEvents>> views) {
    this.session = session;
    this.views = views;
  }

  /** One lookup of a view: as of one lag, by one set of spine columns. */
  record Use(ResolvedView view, List<String> spineColumns, long lagMicros) {}

  /**
   * The columns that a lookup is to find, by the view's name, under names of the joined Dataset.
   */
  static final class Found {
    final ViewEvents view;
    final Map<String, String> columns = new LinkedHashMap<>();

    Found(ViewEvents view) {
      this.view = view;
    }
  }

  /** The name of a joined column that is no user's. */
  static String hidden(String name) {
    return FEATURE + name;
  }

  /** The lookup that a selection shares with others. */
  static Use of(ResolvedSelection selection) {
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

  /** Adds what a selection needs; false if its view is wrong, which has then been said. */
  boolean add(ResolvedSelection selection) {
    Optional<ViewEvents> view = views.apply(selection.view());
    if (view.isEmpty()) {
      return false;
    }
    Use use = of(selection);
    Found found = uses.computeIfAbsent(use, u -> new Found(view.get()));
    int number = number(use);
    for (ResolvedSelection.Taken taken : selection.columns()) {
      need(taken.column(), found, number);
    }
    return true;
  }

  /** A feature is looked up; a derived column needs what it is derived from. */
  private void need(String column, Found found, int number) {
    Derived derived = derived(found.view.resolved(), column);
    if (derived == null) {
      found.columns.putIfAbsent(column, hidden(number + "_" + column));
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

  void forEach(BiConsumer<Use, Found> each) {
    uses.forEach(each);
  }

  /** What is found for a selection; null if its view is wrong. */
  @Nullable Found found(ResolvedSelection selection) {
    return uses.get(of(selection));
  }

  /** A selection's column of its view, in the joined Dataset. */
  String column(ResolvedSelection selection, String column) {
    return hidden(number(of(selection)) + "_" + column);
  }

  private int number(Use use) {
    return new ArrayList<>(uses.keySet()).indexOf(use);
  }

  /** Adds the views' derived columns to what has been looked up. */
  Dataset<Row> withDerived(Dataset<Row> joined) {
    Dataset<Row> rows = joined;
    int number = 0;
    for (Found found : uses.values()) {
      rows = withDerived(rows, found, number++);
    }
    return rows;
  }

  private Dataset<Row> withDerived(Dataset<Row> joined, Found found, int number) {
    Dataset<Row> rows = joined;
    Map<String, String> names = RenamedSql.lowerCase(found.columns);
    for (Derived derived : found.view.resolved().view().derived()) {
      boolean complete =
          RenamedSql.columnsOf(session, derived.expression()).stream().allMatch(names::containsKey);
      if (complete) {
        String name = hidden(number + "_" + derived.name());
        rows = rows.withColumn(name, RenamedSql.of(session, derived.expression(), names));
        names.put(derived.name().toLowerCase(Locale.ROOT), name);
      }
    }
    return rows;
  }
}
