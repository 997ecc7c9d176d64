package dev.tidemark.jobs;

import dev.tidemark.definition.ColumnNote;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Policy;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.TrainingSet;
import dev.tidemark.plan.Access;
import dev.tidemark.plan.Card;
import dev.tidemark.plan.ColumnLineage;
import dev.tidemark.plan.ColumnProfile;
import dev.tidemark.plan.ColumnRef;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Registered;
import dev.tidemark.plan.ResolvedTrainingSet;
import dev.tidemark.plan.RunOverview;
import dev.tidemark.plan.Standing;
import dev.tidemark.plan.TimeWords;
import dev.tidemark.plan.Uses;
import dev.tidemark.run.Catalogue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The data of a catalogue site, in the form that {@code site/README.md} fixes: one file that lists
 * all resources, and one a resource with all else.
 */
final class SiteData {
  /** One resource of the project, or one that only the registry has. */
  private record Entry(Card card, @Nullable Resource resource, @Nullable Registered registered) {}

  private final Project project;
  private final Graph graph;
  private final @Nullable Facts facts;
  private final ColumnLineage lineage;
  private final Map<String, Resource> defined = new HashMap<>();
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, Set<String>> users = new HashMap<>();

  /** Who looks at values; null: they are left out. */
  private final @Nullable String who;

  private final @Nullable Report report;
  private final Access access;

  private SiteData(
      Project project,
      Graph graph,
      @Nullable Facts facts,
      ColumnLineage lineage,
      @Nullable String who,
      @Nullable Report report) {
    this.project = project;
    this.graph = graph;
    this.facts = facts;
    this.lineage = lineage;
    this.who = who;
    this.report = report;
    this.access = new Access(project.definitions(), lineage);
    Uses.all(project.definitions()).forEach(resource -> defined.put(resource.id(), resource));
    List<Card> cards = new ArrayList<>(Card.of(project.definitions()));
    Map<String, Registered> registered = facts == null ? Map.of() : facts.registered();
    cards = ListCommand.merged(cards, Card.of(registered.values()));
    for (Card card : cards) {
      if (!card.kind().equals("features")) {
        entries.add(new Entry(card, defined.get(card.id()), registered.get(card.id())));
      }
    }
    for (Registered each : registered.values()) {
      if (each.deleted() && !each.isColumn() && !defined.containsKey(each.id())) {
        entries.add(new Entry(tombstone(each), null, each));
      }
    }
    for (Entry entry : entries) {
      uses(entry)
          .forEach(
              used -> users.computeIfAbsent(used, any -> new TreeSet<>()).add(entry.card().id()));
    }
  }

  private static Card tombstone(Registered deleted) {
    return new Card(
        deleted.id(),
        deleted.registration().kind(),
        deleted.registration().name(),
        deleted.registration().about(),
        List.of());
  }

  /** Of what the definitions say. */
  static SiteData ofDefinitions(Project project, Graph graph) {
    return new SiteData(project, graph, null, new ColumnLineage(new TreeMap<>()), null, null);
  }

  /**
   * Of all that is known.
   *
   * @param who looks at values; null: they are left out
   */
  static SiteData of(
      Project project,
      Graph graph,
      Facts facts,
      ColumnLineage lineage,
      @Nullable String who,
      Report report) {
    return new SiteData(project, graph, facts, lineage, who, report);
  }

  /** How many resources there are. */
  int size() {
    return entries.size();
  }

  private static Collection<String> uses(Entry entry) {
    Resource resource = entry.resource();
    Registered registered = entry.registered();
    return resource != null
        ? Uses.of(resource)
        : registered == null ? List.of() : registered.registration().uses();
  }

  void write(SiteFolder folder) {
    for (int i = 0; i < entries.size(); i++) {
      folder.write(
          detail(i),
          "tidemark.detail(%s, %s)\n"
              .formatted(
                  Summary.line(entries.get(i).card().id()), Summary.line(detail(entries.get(i)))));
    }
    folder.finish("tidemark.index(%s)\n".formatted(Summary.line(index())));
  }

  private static String detail(int number) {
    return "data/r/%d.js".formatted(number);
  }

  private Map<String, @Nullable Object> index() {
    Map<String, Integer> places = new HashMap<>();
    List<Map<String, @Nullable Object>> resources = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      places.put(entry.card().id(), i);
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("id", entry.card().id());
      fields.put("kind", entry.card().kind());
      fields.put("name", entry.card().name());
      fields.put("owner", entry.card().about().owner());
      fields.put("description", entry.card().about().description());
      fields.put("tags", entry.card().about().tags());
      fields.put("status", standing(entry).toString());
      fields.put("columns", columnNames(entry));
      fields.put("detail", detail(i));
      resources.add(fields);
    }
    List<List<Integer>> links = new ArrayList<>();
    for (Entry entry : entries) {
      for (String used : uses(entry)) {
        Integer from = places.get(entry.card().id());
        Integer to = places.get(used);
        if (from != null && to != null) {
          links.add(List.of(from, to));
        }
      }
    }
    Map<String, @Nullable Object> index = new LinkedHashMap<>();
    index.put("project", String.valueOf(project.root().getFileName()));
    index.put("environment", project.environment().name());
    index.put("version", Version.current());
    index.put("as_of", Objects.toString(newest(), null));
    index.put("resources", resources);
    index.put("uses", links);
    return index;
  }

  private Standing standing(Entry entry) {
    return facts == null ? Standing.DEFINED : facts.standing(entry.card().id());
  }

  /** When the last thing happened of which the site tells. */
  private @Nullable Instant newest() {
    if (facts == null) {
      return null;
    }
    Instant newest = null;
    for (Entry entry : entries) {
      Instant run = facts.runs(entry.card().id()).last();
      Registered registered = entry.registered();
      Instant changed = registered == null ? null : registered.last().at();
      newest = later(later(newest, run), changed);
    }
    return newest;
  }

  private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
    return one == null || (other != null && other.isAfter(one)) ? other : one;
  }

  private List<String> columnNames(Entry entry) {
    Set<String> names = new LinkedHashSet<>();
    Resource resource = entry.resource();
    if (resource instanceof FeatureView view) {
      // A view's columns are its features; its keys are the entity's.
      return view.columns();
    }
    if (resource instanceof TrainingSet set) {
      ResolvedTrainingSet resolved = graph.trainingSets().get(set.ref());
      return resolved == null ? List.of() : resolved.columns();
    }
    names.addAll(entry.card().columns());
    lineage.of(entry.card().id()).forEach(column -> names.add(column.column()));
    return List.copyOf(names);
  }

  private Map<String, @Nullable Object> detail(Entry entry) {
    Resource resource = entry.resource();
    Registered registered = entry.registered();
    String id = entry.card().id();
    if (report != null) {
      report.progress("writing " + id);
    }
    Optional<Catalogue.Contents> contents = contents(entry);
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put(
        "definition",
        resource != null
            ? DefinitionLines.of(resource.origin())
            : registered == null ? "" : registered.registration().text());
    fields.put(
        "defined_at",
        resource == null ? null : resource.origin().file().name() + ":" + resource.origin().line());
    fields.put("fingerprint", fingerprint(entry));
    fields.put("owner", entry.card().about().owner());
    fields.put("description", entry.card().about().description());
    fields.put("tags", entry.card().about().tags());
    fields.put("properties", new TreeMap<>(entry.card().about().properties()));
    fields.put(
        "time_rules",
        resource == null ? List.of() : TimeWords.of(graph, project.environment(), resource));
    fields.put("how_to_use", resource == null ? null : Facts.howToUse(resource));
    fields.put("uses", List.copyOf(uses(entry)));
    fields.put("used_by", List.copyOf(users.getOrDefault(id, Set.of())));
    fields.put("columns", columns(entry, contents));
    fields.put("samples", contents.map(SiteData::samples).orElse(null));
    fields.put("tables", tables(entry));
    fields.put("status", status(entry));
    fields.put("runs", facts == null ? List.of() : facts.runsOf(id));
    return fields;
  }

  private @Nullable String fingerprint(Entry entry) {
    Registered registered = entry.registered();
    return graph.fingerprints().entrySet().stream()
        .filter(each -> each.getKey().toString().equals(entry.card().id()))
        .map(each -> each.getValue().sha256())
        .findFirst()
        .orElse(registered == null ? null : registered.registration().meaning().sha256());
  }

  private Map<String, @Nullable Object> status(Entry entry) {
    if (facts != null) {
      return facts.status(entry.card().id());
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("state", Standing.DEFINED.toString());
    for (String unknown :
        List.of(
            "registered_at",
            "registered_by",
            "git_commit",
            "materialized_from",
            "materialized_to",
            "last_run_at",
            "deprecated")) {
      fields.put(unknown, null);
    }
    return fields;
  }

  /** What its table holds, if whoever writes the site may see it. */
  private Optional<Catalogue.Contents> contents(Entry entry) {
    Resource resource = entry.resource();
    if (facts == null || who == null || resource == null || isHidden(resource.id())) {
      return Optional.empty();
    }
    boolean ran = facts.runs(resource.id()).last() != null;
    return ran ? facts.contents(resource) : Optional.empty();
  }

  private boolean isHidden(String id) {
    List<Policy.Rule> rules =
        project.policy().rules(project.environment().name(), String.valueOf(who));
    return !rules.isEmpty()
        && !access
            .refusals(List.of(id), rules, String.valueOf(who), project.environment().name())
            .isEmpty();
  }

  private static Map<String, @Nullable Object> samples(Catalogue.Contents contents) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("columns", contents.columns());
    fields.put("rows", contents.samples().stream().map(Facts::texts).toList());
    return fields;
  }

  private List<Map<String, @Nullable Object>> columns(
      Entry entry, Optional<Catalogue.Contents> contents) {
    Map<String, String> descriptions = descriptions(entry.resource());
    Map<String, String> types = types(entry.resource());
    contents.ifPresent(of -> types.putAll(of.types()));
    Set<String> names = new LinkedHashSet<>(columnNames(entry));
    List<Map<String, @Nullable Object>> columns = new ArrayList<>();
    for (String name : names) {
      ColumnRef column = new ColumnRef(entry.card().id(), name);
      ColumnProfile profile = contents.map(of -> of.profiles().get(name)).orElse(null);
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("name", name);
      fields.put("type", types.get(name));
      fields.put("description", descriptions.get(name));
      fields.put("from", lineage.of(column).values().stream().map(ColumnRef::toString).toList());
      if (facts != null) {
        fields.put(
            "used_by",
            lineage.users(column).stream()
                .map(ColumnRef::resource)
                .filter(id -> !id.equals(column.resource()))
                .distinct()
                .toList());
      }
      fields.put("statistics", profile == null ? null : Facts.fields(profile));
      columns.add(fields);
    }
    return columns;
  }

  private static Map<String, String> descriptions(@Nullable Resource resource) {
    Map<String, String> descriptions = new HashMap<>();
    if (resource instanceof Rows rows) {
      for (ColumnNote note : rows.columns()) {
        put(descriptions, note.name(), note.about().description());
      }
    }
    if (resource instanceof FeatureView view) {
      for (Feature feature : view.features()) {
        feature
            .columns()
            .forEach(column -> put(descriptions, column, feature.about().description()));
      }
    }
    return descriptions;
  }

  private static void put(Map<String, String> map, String key, @Nullable String value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  private static Map<String, String> types(@Nullable Resource resource) {
    Map<String, String> types = new HashMap<>();
    if (resource != null) {
      ShowCommand.declared(resource).forEach(column -> types.put(column.name(), column.type()));
    }
    return types;
  }

  private List<Map<String, @Nullable Object>> tables(Entry entry) {
    List<Map<String, @Nullable Object>> tables = new ArrayList<>();
    if (facts == null) {
      return tables;
    }
    List<RunOverview.Table> newest =
        facts.runs(entry.card().id()).newest().stream()
            .map(RunOverview.Run::tables)
            .filter(written -> !written.isEmpty())
            .findFirst()
            .orElse(List.of());
    for (RunOverview.Table table : newest) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("provider", table.provider());
      fields.put("table", table.name());
      fields.put("format", table.format());
      fields.put("snapshot", table.snapshot());
      tables.add(fields);
    }
    return tables;
  }
}
