package dev.tidemark.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one task does, in plain words under headings, for people to read before it runs.
 *
 * @param title what is made
 * @param fingerprint of its definition
 * @param sections in order
 */
public record Outline(String title, Fingerprint fingerprint, List<Section> sections) {
  /**
   * Lines under a heading.
   *
   * @param heading a few words
   * @param lines each a sentence without a full stop
   */
  public record Section(String heading, List<String> lines) {
    public Section {
      lines = List.copyOf(lines);
    }
  }

  public Outline {
    sections = List.copyOf(sections);
  }

  /** The outline of a task of a graph's plan. */
  public static Outline of(Graph graph, Task task) {
    return of(graph, task, null);
  }

  /**
   * The same with what it will read.
   *
   * @param estimate null: nobody asked for it
   */
  public static Outline of(Graph graph, Task task, @Nullable ReadEstimate estimate) {
    return task.match(
        build -> new TaskWords(graph).build(build),
        materialize -> new TaskWords(graph).materialize(materialize, estimate),
        latest -> new TaskWords(graph).latest(latest),
        score -> new TaskWords(graph).score(score));
  }
}
