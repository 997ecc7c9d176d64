package dev.tidemark.plan;

import dev.tidemark.definition.DefinitionTest;
import dev.tidemark.definition.Definitions;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.FeatureView;
import dev.tidemark.definition.Label;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Rows;
import dev.tidemark.definition.TrainingSet;
import dev.tidemark.definition.Transformation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Resolves all references of a project and checks the rules that need more than one definition. */
final class Resolver {
  private final Definitions definitions;
  private final Problems problems = new Problems();
  private final References references;
  private final SortedMap<ResourceName, Fingerprint> fingerprints = new TreeMap<>();

  Resolver(Definitions definitions) {
    this.definitions = definitions;
    this.references = new References(definitions, problems);
  }

  Graph resolve() {
    for (Rows rows : DependencyOrder.of(references, problems)) {
      fingerprints.put(rows.ref(), fingerprint(rows));
    }
    SortedMap<ResourceName, ResolvedView> views = views();
    definitions.labels().forEach(this::label);
    SortedMap<ResourceName, ResolvedTrainingSet> sets = new TreeMap<>();
    for (TrainingSet set : definitions.trainingSets()) {
      ResolvedTrainingSet resolved =
          new TrainingSetResolver(references, views, fingerprints, problems).resolve(set);
      if (resolved != null) {
        sets.put(set.ref(), resolved);
        fingerprints.put(set.ref(), resolved.fingerprint());
      }
    }
    definitions.models().forEach(model -> references.trainingSet(model.trainingSet()));
    definitions.tests().forEach(this::test);
    TableNames.check(definitions, problems);
    problems.throwIfAny();
    return new Graph(definitions, references.rows(), views, sets, fingerprints);
  }

  /** Of rows all of whose inputs have one already. */
  private Fingerprint fingerprint(Rows rows) {
    Map<String, Fingerprint> inputs = new HashMap<>();
    for (Transformation.Input input : Graph.inputs(rows)) {
      Fingerprint of = fingerprints.get(input.rows().to());
      if (of == null) {
        throw new IllegalStateException(rows.ref() + " comes before its input " + input.rows());
      }
      inputs.put(input.alias(), of);
    }
    return rows.match(Fingerprints::of, transformation -> Fingerprints.of(transformation, inputs));
  }

  private SortedMap<ResourceName, ResolvedView> views() {
    ViewResolver resolver = new ViewResolver(references, fingerprints, problems);
    SortedMap<ResourceName, ResolvedView> views = new TreeMap<>();
    for (FeatureView view : definitions.featureViews()) {
      ResolvedView resolved = resolver.resolve(view);
      if (resolved != null) {
        views.put(view.ref(), resolved);
      }
    }
    views.forEach((name, view) -> fingerprints.put(name, view.fingerprint()));
    return views;
  }

  private void test(DefinitionTest test) {
    references.tested(test.of());
    for (DefinitionTest.Given given : test.given()) {
      if (given.of() != null) {
        references.rows(given.of());
      }
    }
  }

  private void label(Label label) {
    List<Entity> entities = references.entities(label.entities());
    boolean bound =
        entities != null
            && new KeyBinding(problems).bind(entities, label.keys(), label.entities()) != null;
    Rows source = references.rows(label.source());
    if (source == null) {
      return;
    }
    if (source.time().isStatic()) {
      problems.add(
          label.source().origin(),
          "the rows of the static %s have no time, so they can't be labels".formatted(source.ref()),
          "give the source an event-time");
      return;
    }
    Fingerprint hash = fingerprints.get(source.ref());
    if (hash != null && entities != null && bound) {
      fingerprints.put(label.ref(), Fingerprints.of(label, entities, hash));
    }
  }
}
