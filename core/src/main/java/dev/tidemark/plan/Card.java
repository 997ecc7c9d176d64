package dev.tidemark.plan;

import dev.tidemark.definition.About;
import dev.tidemark.definition.ColumnNote;
import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Location;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.Rows;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What people look for a resource by, and for a column of a view.
 *
 * @param id as a {@link Registration}'s
 * @param kind the part before the first dot
 * @param name what follows the kind
 * @param about of a column: its own description and tags, and what it has from its view
 * @param columns the names that are known without looking at data
 */
public record Card(String id, String kind, String name, About about, List<String> columns) {
  public Card {
    columns = List.copyOf(columns);
  }

  /** Of all that a project defines. */
  public static List<Card> of(Definitions definitions) {
    List<Card> cards = new ArrayList<>();
    for (Resource resource : Uses.all(definitions)) {
      cards.add(of(resource));
    }
    definitions.featureViews().forEach(view -> cards.addAll(columnsOf(view)));
    return cards;
  }

  private static Card of(Resource resource) {
    return new Card(
        resource.id(),
        resource.kind().key(),
        resource.id().substring(resource.kind().key().length() + 1),
        resource.about(),
        columns(resource));
  }

  private static List<String> columns(Resource resource) {
    return resource.match(
        entity -> entity.keys().stream().map(key -> key.name()).toList(),
        source -> noted(source, declared(source.location())),
        transformation -> noted(transformation, List.of()),
        FeatureView::columns,
        label -> List.of(label.ref().name()),
        set -> set.derived().stream().map(derived -> derived.name()).toList(),
        model -> List.of());
  }

  private static List<String> declared(Location location) {
    return location.match(
        table -> List.of(),
        files -> files.schema().stream().map(column -> column.name()).toList(),
        query -> List.of());
  }

  private static List<String> noted(Rows rows, List<String> declared) {
    Set<String> names = new LinkedHashSet<>(declared);
    rows.columns().stream().map(ColumnNote::name).forEach(names::add);
    return List.copyOf(names);
  }

  private static List<Card> columnsOf(FeatureView view) {
    Map<String, About> own = new HashMap<>();
    for (Feature feature : view.features()) {
      feature.columns().forEach(column -> own.put(column, feature.about()));
    }
    List<Card> cards = new ArrayList<>();
    for (String column : view.columns()) {
      cards.add(
          column(
              view.ref().shortName(),
              column,
              view.about(),
              own.getOrDefault(column, About.NOTHING)));
    }
    return cards;
  }

  private static Card column(String view, String column, About ofView, About own) {
    Set<String> tags = new LinkedHashSet<>(own.tags());
    tags.addAll(ofView.tags());
    String name = view + "." + column;
    return new Card(
        Registration.FEATURES + "." + name,
        Registration.FEATURES,
        name,
        new About(
            ofView.owner(),
            own.description() == null ? ofView.description() : own.description(),
            List.copyOf(tags),
            Map.of()),
        List.of());
  }

  /** Of what is registered and not deleted, but for providers. */
  public static List<Card> of(Collection<Registered> registered) {
    Map<String, Registration> byId = new HashMap<>();
    Map<String, List<String>> columns = new HashMap<>();
    for (Registered each : registered) {
      byId.put(each.id(), each.registration());
      if (each.isColumn()) {
        String view = each.registration().uses().first();
        String column = each.id().substring(each.id().lastIndexOf('.') + 1);
        columns.computeIfAbsent(view, any -> new ArrayList<>()).add(column);
      }
    }
    List<Card> cards = new ArrayList<>();
    for (Registered each : registered) {
      Registration of = each.registration();
      if (each.deleted() || of.kind().equals("providers")) {
        continue;
      }
      if (each.isColumn()) {
        Registration view = byId.get(of.uses().first());
        cards.add(
            column(
                of.name().substring(0, of.name().lastIndexOf('.')),
                of.name().substring(of.name().lastIndexOf('.') + 1),
                view == null ? About.NOTHING : view.about(),
                of.about()));
      } else {
        cards.add(
            new Card(
                of.id(),
                of.kind(),
                of.name(),
                of.about(),
                columns.getOrDefault(of.id(), List.of())));
      }
    }
    return cards;
  }
}
