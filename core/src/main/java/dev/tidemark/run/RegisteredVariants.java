package dev.tidemark.run;

import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Nearest;
import dev.tidemark.definition.Problem;
import dev.tidemark.plan.Deprecation;
import dev.tidemark.plan.Lifecycle;
import dev.tidemark.plan.Registered;
import dev.tidemark.plan.TableNames;
import dev.tidemark.plan.Target;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.store.Registry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * The variants that are registered, as they were when this object was made, and the end of their
 * use: they are deprecated, and deleted.
 */
public final class RegisteredVariants {
  private final SparkSession session;
  private final Path root;
  private final Environment environment;
  private final RegistryChange change;

  /**
   * Reads the registry.
   *
   * @param root relative paths are relative to it
   * @param version Tidemark's
   */
  public RegisteredVariants(
      SparkSession session, Path root, Environment environment, String version) {
    this.session = session;
    this.root = root;
    this.environment = environment;
    this.change = new RegistryChange(session, root, environment, version, "nothing was changed");
  }

  /** How Spark reads the registry. */
  public String table() {
    return change.table();
  }

  /** All that is registered, by id; what was deleted as well. */
  public SortedMap<String, Registered> registered() {
    return change.registered();
  }

  /**
   * The registered resource that a person means: by its id, or by what follows the kind where only
   * one kind has it.
   *
   * @throws TaskFailure if there is none, or more than one
   */
  public Registered find(String name) {
    List<Registered> candidates =
        registered().values().stream()
            .filter(each -> !each.isColumn() && !each.registration().kind().equals("providers"))
            .toList();
    List<Registered> found = candidates.stream().filter(each -> each.id().equals(name)).toList();
    if (found.isEmpty()) {
      found = candidates.stream().filter(each -> each.registration().name().equals(name)).toList();
    }
    if (found.size() == 1) {
      return found.get(0);
    }
    if (found.size() > 1) {
      throw refused(
          "`%s` may be any of %s"
              .formatted(name, String.join(", ", found.stream().map(Registered::id).toList())),
          "write it with its kind");
    }
    List<String> nearest =
        Nearest.to(
            name,
            candidates.stream()
                .flatMap(each -> Stream.of(each.registration().name(), each.id()))
                .toList());
    throw refused(
        "`%s` is not registered in %s".formatted(name, table()),
        nearest.isEmpty()
            ? "`tidemark apply` registers"
            : "nearest: " + String.join(", ", nearest));
  }

  /**
   * Marks a variant: who uses it is warned from now on.
   *
   * @param successor the name of what is to be used instead; null: nothing is
   * @param until null: at once
   * @param reason null: none is given
   * @return the snapshot of the registry; null: the same was said before
   */
  public @Nullable String deprecate(
      Registered what,
      @Nullable String successor,
      @Nullable Instant until,
      @Nullable String reason,
      String by,
      @Nullable String gitCommit) {
    if (what.deleted()) {
      throw refused(Lifecycle.deleted(what), "what is deleted can't be deprecated any more");
    }
    String instead = successor == null ? null : successor(what, successor);
    Deprecation before = what.deprecation();
    Registered.Deed deed = change.deed(by, gitCommit);
    Deprecation now = new Deprecation(deed.at(), by, instead, until, reason);
    if (before != null
        && now.equals(
            new Deprecation(deed.at(), by, before.successor(), before.until(), before.reason()))) {
      return null;
    }
    return change.commit(List.of(new Registry.Entry(what.registration(), now, false)), deed);
  }

  private String successor(Registered of, String name) {
    Registered found = find(name);
    boolean otherKind = !found.registration().kind().equals(of.registration().kind());
    if (found.id().equals(of.id()) || otherKind) {
      throw refused(
          "%s can't be the successor of %s".formatted(found.id(), of.id()),
          "name another variant of the same kind");
    }
    if (found.deleted()) {
      throw refused(Lifecycle.deleted(found), "name a successor that is there");
    }
    if (found.deprecation() != null) {
      throw refused(
          "%s is deprecated itself%s".formatted(found.id(), Lifecycle.words(found.deprecation())),
          "name a successor that is not");
    }
    return found.id();
  }

  /**
   * Takes it back.
   *
   * @return the snapshot of the registry; null: it was not deprecated
   */
  public @Nullable String reinstate(Registered what, String by, @Nullable String gitCommit) {
    if (what.deleted()) {
      throw refused(Lifecycle.deleted(what), "what is deleted stays so: define another variant");
    }
    return what.deprecation() == null
        ? null
        : change.commit(
            List.of(new Registry.Entry(what.registration(), null, false)),
            change.deed(by, gitCommit));
  }

  /**
   * Leaves a tombstone of a variant, and of a view's columns; refused while something that is
   * registered uses it.
   *
   * @return the snapshot of the registry; null: it was deleted before
   */
  public @Nullable String delete(Registered what, String by, @Nullable String gitCommit) {
    if (what.deleted()) {
      return null;
    }
    Lifecycle lifecycle = new Lifecycle(registered());
    SortedSet<String> users = lifecycle.users(what.id());
    if (!users.isEmpty()) {
      throw refused(
          "%s is used by %s".formatted(what.id(), String.join(", ", users)),
          "delete those first, or `tidemark deprecate %s` so that they are warned"
              .formatted(what.id()));
    }
    List<Registry.Entry> entries = new ArrayList<>();
    lifecycle
        .withColumns(what.id())
        .forEach(
            each -> entries.add(new Registry.Entry(each.registration(), each.deprecation(), true)));
    return change.commit(entries, change.deed(by, gitCommit));
  }

  /**
   * Drops the tables of a variant that is deleted, in every provider that is written to.
   *
   * @return those that were there
   */
  public List<String> dropTables(Registered what) {
    try {
      List<String> dropped = new ArrayList<>();
      for (Target target : TableNames.all(what.id(), environment.writeTo())) {
        OfflineTable table = OfflineTables.of(session, root, target);
        if (table.exists()) {
          table.drop();
          dropped.add(table.name());
        }
      }
      return dropped;
    } catch (Exception e) {
      // Scala declares no exceptions.
      throw Failures.of(e, "it is deleted; run it again to drop the tables that are left");
    }
  }

  private static TaskFailure refused(String what, String hint) {
    return new TaskFailure(ExitCode.DEFINITION, List.of(new Problem(null, what, hint)), null);
  }
}
