package dev.tidemark.compile;

import dev.tidemark.definition.Problem;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Source;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The states at which sources were read once, to be read again. */
record Recorded(List<InputSnapshot> snapshots, Map<ResourceName, List<InputFile>> files) {

  /**
   * The state of one of a source's tables.
   *
   * @throws InputNotReadyException if there is none
   */
  String id(Source source, InputSnapshot.Kind kind, String location) {
    return of(source).stream()
        .filter(snapshot -> snapshot.kind() == kind && snapshot.location().equals(location))
        .map(InputSnapshot::id)
        .findFirst()
        .orElseThrow(
            () ->
                notAsItWas(
                    source,
                    "it reads %s, which was not read then".formatted(location),
                    "a view or the source's catalog has changed since"));
  }

  /** The state of a source that is one table with versions; nothing for any other. */
  Optional<InputSnapshot> only(Source source) {
    List<InputSnapshot> of = of(source);
    boolean versions =
        of.size() == 1
            && (of.get(0).kind() == InputSnapshot.Kind.DELTA
                || of.get(0).kind() == InputSnapshot.Kind.ICEBERG)
            && !of.get(0).id().equals(InputSnapshot.NO_SNAPSHOT);
    return versions ? Optional.of(of.get(0)) : Optional.empty();
  }

  List<InputFile> files(Source source) {
    return files.getOrDefault(source.ref(), List.of());
  }

  /**
   * The state that a list of files is.
   *
   * @param id the list's hash
   * @throws InputNotReadyException if it is another list than then
   */
  InputSnapshot sameFiles(Source source, String id, List<InputFile> now) {
    return of(source).stream()
        .filter(snapshot -> snapshot.kind() == InputSnapshot.Kind.FILES && snapshot.id().equals(id))
        .findFirst()
        .orElseThrow(
            () -> {
              Set<InputFile> before = new HashSet<>(files(source));
              return notAsItWas(
                  source,
                  now.stream()
                      .filter(file -> !before.contains(file))
                      .map(file -> "there are other files now, such as " + file.path())
                      .findFirst()
                      .orElse("files are missing"),
                  "move away what came later, or restore what is gone");
            });
  }

  private List<InputSnapshot> of(Source source) {
    return snapshots.stream().filter(snapshot -> snapshot.source().equals(source.ref())).toList();
  }

  static InputNotReadyException notAsItWas(Source source, String what, String hint) {
    return new InputNotReadyException(
        List.of(
            new Problem(
                source.location().origin(),
                "%s can't be read as it was: %s".formatted(source.ref(), what),
                hint)));
  }
}
