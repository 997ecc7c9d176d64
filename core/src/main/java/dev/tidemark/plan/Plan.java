package dev.tidemark.plan;

import java.util.List;

/**
 * What a command will do.
 *
 * @param graph what it was made from
 * @param tasks in an order in which they can run
 * @param notes what the user should know, such as that there is nothing to do
 */
public record Plan(Graph graph, List<Task> tasks, List<String> notes) {
  public Plan {
    tasks = List.copyOf(tasks);
    notes = List.copyOf(notes);
  }
}
