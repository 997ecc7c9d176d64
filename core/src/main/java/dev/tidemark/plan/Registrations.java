package dev.tidemark.plan;

import dev.tidemark.definition.About;
import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Feature;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.ResourceName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a project has to be registered: its resources, the columns of its views, its providers. */
public final class Registrations {
  private final Graph graph;
  private final SortedMap<String, Registration> all = new TreeMap<>();

  private Registrations(Graph graph) {
    this.graph = graph;
  }

  /** By id. */
  public static SortedMap<String, Registration> of(Graph graph, Environment environment) {
    Registrations found = new Registrations(graph);
    Uses.all(graph.definitions()).forEach(found::add);
    graph.views().values().forEach(found::columns);
    environment.providers().forEach(found::add);
    return found.all;
  }

  private void add(Resource resource) {
    put(
        new Registration(
            resource.id(),
            resource.kind().key(),
            meaning(resource),
            graph.definitions().texts().fields(resource.id()),
            new TreeSet<>(Uses.of(resource)),
            graph.definitions().texts().of(List.of(resource.id())),
            resource.about(),
            graph.definitions().texts().notes(resource.id())));
  }

  private void put(Registration registration) {
    all.put(registration.id(), registration);
  }

  private Fingerprint meaning(Resource resource) {
    return resource.match(
        Fingerprints::of,
        source -> known(source.ref()),
        transformation -> known(transformation.ref()),
        view -> known(view.ref()),
        label -> known(label.ref()),
        set -> known(set.ref()),
        model -> Fingerprints.of(model, known(model.trainingSet().to())));
  }

  private Fingerprint known(ResourceName name) {
    Fingerprint found = graph.fingerprints().get(name);
    if (found == null) {
      throw new IllegalStateException("not resolved: " + name);
    }
    return found;
  }

  /** Each is of the view's meaning as to its rows, and of its own. */
  private void columns(ResolvedView resolved) {
    FeatureView view = resolved.view();
    SortedMap<String, String> parts = graph.parts(resolved);
    String rows = String.valueOf(parts.get(""));
    Map<String, About> abouts = new HashMap<>();
    for (Feature feature : view.features()) {
      feature.columns().forEach(column -> abouts.put(column, feature.about()));
    }
    for (String column : view.columns()) {
      put(
          new Registration(
              Registration.FEATURES + "." + view.ref().shortName() + "." + column,
              Registration.FEATURES,
              new Meaning("feature").text("rows", rows).text("column", parts.get(column)).hash(),
              new TreeMap<>(),
              new TreeSet<>(List.of(view.id())),
              "",
              abouts.getOrDefault(column, About.NOTHING),
              new TreeMap<>()));
    }
  }

  /** By its name alone: where its tables are is the environment's business, and may move. */
  private void add(Provider provider) {
    put(
        new Registration(
            "providers." + provider.name(),
            "providers",
            new Meaning("provider").text("name", provider.name()).hash(),
            new TreeMap<>(),
            new TreeSet<>(),
            "",
            About.NOTHING,
            new TreeMap<>()));
  }
}
