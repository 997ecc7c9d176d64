package dev.tidemark.plan;

import dev.tidemark.definition.About;
import dev.tidemark.definition.Column;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.Materialize;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.Reference;
import dev.tidemark.definition.Source;
import dev.tidemark.definition.Span;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.TimeRules;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Views as their offline tables have them: the table is the source, its rows are the ticks, and
 * every column is a latest value.
 *
 * <p>A tick's row is the latest for as long as it takes to the next tick, so its ttl is the
 * distance of two ticks, or the view's ttl where that is shorter: a key that has no row at the
 * latest tick has no value, whatever it had at an earlier one.
 */
final class OfflineViews {
  private OfflineViews() {}

  /**
   * A training set that reads the offline tables of a provider where it is to.
   *
   * @param provider the first that is written to: its tables are those that are read back
   */
  static ResolvedTrainingSet in(ResolvedTrainingSet set, Provider provider) {
    List<ResolvedSelection> selections =
        set.selections().stream()
            .map(
                selection ->
                    selection.materialized()
                        ? new ResolvedSelection(
                            selection.selection(),
                            of(selection.view(), provider),
                            selection.spineColumns(),
                            selection.columns(),
                            true)
                        : selection)
            .toList();
    return new ResolvedTrainingSet(
        set.trainingSet(),
        set.entities(),
        set.spine(),
        set.keys(),
        set.where(),
        set.keep(),
        set.label(),
        set.labelSource(),
        set.labelKeys(),
        selections,
        set.columns(),
        set.fingerprint());
  }

  /** A view that has `materialize`. */
  static ResolvedView of(ResolvedView resolved, Provider provider) {
    FeatureView view = resolved.view();
    Materialize materialize = view.materialize();
    if (materialize == null) {
      throw new IllegalArgumentException(view.ref() + " has no offline table");
    }
    Origin origin = materialize.origin();
    FeatureView offline =
        new FeatureView(
            view.ref(),
            view.entity(),
            List.of(new Reference(view.ref(), origin)),
            List.of(),
            null,
            shorter(view.ttl(), materialize.every()),
            false,
            view.columns().stream().map(column -> latest(column, origin)).toList(),
            List.of(),
            materialize,
            null,
            List.of(),
            view.about(),
            view.origin());
    return new ResolvedView(
        offline,
        resolved.entity(),
        List.of(table(view, provider, origin)),
        resolved.entity().keys().stream().map(key -> bound(key, origin)).toList(),
        resolved.fingerprint());
  }

  private static Span shorter(@Nullable Span ttl, Span every) {
    return ttl == null || ttl.micros() > every.micros() ? every : ttl;
  }

  private static Feature latest(String column, Origin origin) {
    return new Feature.Latest(
        column, new Sql("`" + column + "`", origin, false), null, false, About.NOTHING, origin);
  }

  private static BoundKey bound(Column key, Origin origin) {
    return new BoundKey(key, new Named(key.name(), origin));
  }

  private static Source table(FeatureView view, Provider provider, Origin origin) {
    Target target = new Target(provider, TableNames.of(view.ref()));
    Location location =
        switch (provider.format()) {
          case ICEBERG -> new Location.Table(PlanText.table(target), origin);
          case DELTA ->
              new Location.Files(
                  provider.warehouse() + "/" + provider.database() + "/" + target.name(),
                  Location.Format.DELTA,
                  List.of(),
                  Map.of(),
                  origin,
                  origin);
        };
    TimeRules time =
        new TimeRules(
            false,
            new Sql(ResolvedTrainingSet.EVENT_TIME, origin, false),
            new Sql(ResolvedView.AVAILABLE_TIME, origin, false),
            null,
            null,
            List.of(),
            null,
            List.of());
    return new Source(view.ref(), location, time, List.of(), null, view.about(), origin);
  }
}
