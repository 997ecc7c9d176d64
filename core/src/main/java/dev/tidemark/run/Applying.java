package dev.tidemark.run;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Model;
import dev.tidemark.definition.Named;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.Fingerprint;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Lifecycle;
import dev.tidemark.plan.ManifestOverview;
import dev.tidemark.plan.Registered;
import dev.tidemark.plan.Registration;
import dev.tidemark.plan.RegistryDiff;
import dev.tidemark.plan.RegistryWords;
import dev.tidemark.store.Registry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** Compares definitions with the registry as it is now, and registers them. */
public final class Applying {
  private final RegistryChange change;
  private final RegistryDiff diff;

  /**
   * Reads the registry.
   *
   * @param root relative paths are relative to it
   * @param defined by id
   * @param version Tidemark's
   */
  public Applying(
      SparkSession session,
      Path root,
      Environment environment,
      Map<String, Registration> defined,
      String version) {
    this.change = new RegistryChange(session, root, environment, version, "nothing was registered");
    this.diff = RegistryDiff.of(change.registered(), defined);
  }

  /** How Spark reads the registry. */
  public String table() {
    return change.table();
  }

  public RegistryDiff diff() {
    return diff;
  }

  /**
   * What is wrong with applying it: a problem for each resource that says something else than it
   * did, none for those that only name such.
   */
  public static List<Problem> refusals(RegistryDiff diff) {
    List<Problem> problems = new ArrayList<>();
    for (RegistryDiff.Changed changed : diff.changed()) {
      if (changed.fields().isEmpty() && !changed.through().isEmpty()) {
        continue;
      }
      StringBuilder what = new StringBuilder();
      what.append(changed.after().id()).append(" is registered with another meaning");
      changed.fields().forEach(field -> what.append("\n    ").append(RegistryWords.line(field)));
      String touches = RegistryWords.touches(changed);
      if (!touches.isEmpty()) {
        what.append("\n    it would have changed ").append(touches);
      }
      problems.add(new Problem(null, what.toString(), advice(changed)));
    }
    for (Registered tombstone : diff.deleted()) {
      if (!tombstone.isColumn()) {
        problems.add(
            new Problem(
                null,
                Lifecycle.deleted(tombstone),
                "what is deleted stays so: take it out of the definitions, or define another variant"));
      }
    }
    return problems;
  }

  private static String advice(RegistryDiff.Changed changed) {
    String free = changed.free();
    String name = changed.after().name();
    return free == null
        ? "take the change back, or give what is new another name"
        : "variants never change: take it back, or define %s.%s, and say in what uses it which of the two is meant"
            .formatted(name.substring(0, name.lastIndexOf('.')), free);
  }

  /**
   * What is wrong with models that are to be registered: the manifest that one names is not there,
   * or tells of other rows than those of its training set.
   *
   * @param manifests reads one by the place that a model names
   */
  public List<Problem> untrained(
      Graph graph, Function<String, Optional<ManifestOverview>> manifests) {
    List<Problem> problems = new ArrayList<>();
    Set<String> added = new HashSet<>();
    diff.added().forEach(registration -> added.add(registration.id()));
    for (Model model : graph.definitions().models()) {
      Named named = model.manifest();
      if (named != null && added.contains(model.id())) {
        Optional<ManifestOverview> found = manifests.apply(named.name());
        String wrong = found.map(of -> wrong(model, of, graph)).orElse("is not there");
        if (!wrong.isEmpty()) {
          problems.add(
              new Problem(
                  named.origin(),
                  "the manifest that %s names %s".formatted(model.id(), wrong),
                  "name the one that `build` told of, in `manifest`"));
        }
      }
    }
    return problems;
  }

  private static String wrong(Model model, ManifestOverview found, Graph graph) {
    ResourceName set = model.trainingSet().to();
    if (!found.resource().equals(set.toString())) {
      return "is of " + found.resource();
    }
    Fingerprint now = graph.fingerprints().get(set);
    return now == null || found.definition().equals(now.sha256())
        ? ""
        : "is of another definition of " + set;
  }

  /**
   * Registers what is new and what is described anew.
   *
   * @param by a person or a service
   * @param gitCommit what the definitions were in Git; null: nobody knows
   * @return the snapshot of the registry; null: there was nothing to do
   * @throws TaskFailure if a variant has changed, or if somebody else applied meanwhile
   */
  public @Nullable String apply(String by, @Nullable String gitCommit) {
    List<Problem> refusals = refusals(diff);
    if (!refusals.isEmpty()) {
      throw new TaskFailure(ExitCode.DEFINITION, refusals, null);
    }
    List<Registry.Entry> all = new ArrayList<>();
    diff.added().forEach(added -> all.add(new Registry.Entry(added, null, false)));
    for (RegistryDiff.Described described : diff.described()) {
      // Its words have changed, and nothing that was decided about it.
      Registered before = Objects.requireNonNull(change.registered().get(described.after().id()));
      all.add(new Registry.Entry(described.after(), before.deprecation(), false));
    }
    return all.isEmpty() ? null : change.commit(all, change.deed(by, gitCommit));
  }
}
