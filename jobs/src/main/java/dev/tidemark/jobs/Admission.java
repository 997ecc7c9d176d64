package dev.tidemark.jobs;

import dev.tidemark.definition.Policy;
import dev.tidemark.definition.Problem;
import dev.tidemark.definition.Project;
import dev.tidemark.definition.Resource;
import dev.tidemark.plan.Access;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.Lifecycle;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.Registrations;
import dev.tidemark.plan.Task;
import dev.tidemark.plan.Uses;
import dev.tidemark.run.Auditing;
import dev.tidemark.run.ExitCode;
import dev.tidemark.run.TaskFailure;
import java.util.Collection;
import java.util.List;

/**
 * What is asked before definitions are run: whether the variants may be, by the registry, and by
 * whom, by the policy. What is admitted and what is refused is entered into the audit log.
 */
final class Admission {
  private final Project project;
  private final Graph graph;
  private final Who who;
  private final Report report;
  private final Spark spark;

  Admission(Project project, Graph graph, Who who, Report report, Spark spark) {
    this.project = project;
    this.graph = graph;
    this.who = who;
    this.report = report;
    this.spark = spark;
  }

  /**
   * Runs the tasks of a plan, if they may be run.
   *
   * @param action such as {@code build}
   */
  void run(String action, Plan plan, Runnable work) {
    List<String> subjects = plan.tasks().stream().map(Admission::subject).distinct().toList();
    Auditing auditing = spark.auditing(project, who, report);
    auditing.of(
        action,
        subjects,
        () -> {
          admit(subjects, Uses.closure(project.definitions(), subjects));
          work.run();
        });
  }

  /**
   * Holds the policy against who wants to use resources; enters nothing.
   *
   * @param ids training sets and views
   * @throws TaskFailure with the rules that say no
   */
  void policy(List<String> ids) {
    List<Policy.Rule> rules = project.policy().rules(project.environment().name(), who.name());
    if (rules.isEmpty() || ids.isEmpty()) {
      return;
    }
    List<Problem> refusals =
        new Access(project.definitions(), spark.catalogue(project, report).lineage(graph))
            .refusals(ids, rules, who.name(), project.environment().name());
    if (!refusals.isEmpty()) {
      throw new TaskFailure(ExitCode.DEFINITION, refusals, null);
    }
  }

  private void admit(List<String> ids, Collection<Resource> resources) {
    policy(ids);
    Lifecycle lifecycle = new Lifecycle(spark.variants(project, report).registered());
    List<Problem> refusals =
        lifecycle.refusals(resources, Registrations.of(graph, project.environment()));
    if (!refusals.isEmpty()) {
      throw new TaskFailure(ExitCode.DEFINITION, refusals, null);
    }
    lifecycle.warnings(resources).forEach(warning -> report.warn(warning.render()));
  }

  /** The id of the resource that a task makes. */
  static String subject(Task task) {
    return task.match(
        build -> build.trainingSet().trainingSet().id(),
        intervals -> intervals.view().view().id(),
        latest -> latest.view().view().id(),
        score -> score.trainingSet().trainingSet().id());
  }
}
