package dev.tidemark.jobs.export;

import java.util.List;
import java.util.stream.Collectors;

/** A WorkflowTemplate and a CronWorkflow of Argo Workflows. */
final class ArgoFile {
  /** The newest release whose models the build holds such a file against. */
  private static final String HERA = "7.1.0";

  private static final int PERIODS = 7;

  /** Argo adds the time of a run to the name of a CronWorkflow. */
  private static final int LONGEST_NAME = 52;

  private ArgoFile() {}

  static String of(Planned plan, Settings settings) {
    Cadence cadence = plan.cadence();
    Names names = new Names("-");
    StringBuilder tasks = new StringBuilder();
    StringBuilder containers = new StringBuilder();
    String retry = retry(plan);
    for (Planned.Task task : plan.tasks()) {
      String name = names.of(task.id());
      tasks.append(task(task, name, names));
      containers.append(container(task, name, settings, retry));
      retry = "      retryStrategy: *retry\n";
    }
    String cron = settings.schedule() == null ? cadence.cron() : settings.schedule();
    String image = settings.image();
    String workflow = Names.plain("tidemark-" + plan.name(), "-");
    return Template.of("argo.template")
        .with("NAME", Quoting.comment(plan.name()))
        .with("ENVIRONMENT", plan.environment())
        .with("VERSION", plan.version())
        .with("HERA", HERA)
        .with("FILE", StarterFile.name(Tool.ARGO, plan.name()))
        .with(
            "WORKFLOW",
            workflow.length() <= LONGEST_NAME
                ? workflow
                : workflow.substring(0, LONGEST_NAME).replaceAll("-+$", ""))
        .with(
            "IMAGENOTE", image == null ? ", and the project unless that is on a volume: yours" : "")
        .with(
            "IMAGE", Quoting.quoted(image == null ? "registry.example.com/tidemark:latest" : image))
        .with("PROJECT", Quoting.quoted(plan.project()))
        .with("LOOKBACK", Quoting.quoted(cadence.period().multipliedBy(PERIODS).toMinutes() + "m"))
        .with("CRON", Quoting.quoted(cron))
        .with("PLAINCRON", Quoting.quoted(cron))
        .with("TASKS", tasks.toString().stripTrailing())
        .with("CONTAINERS", containers)
        .filled();
  }

  private static String task(Planned.Task task, String name, Names names) {
    StringBuilder out = new StringBuilder();
    out.append("          - name: ").append(name).append("\n");
    if (!task.dependsOn().isEmpty()) {
      out.append("            depends: ")
          .append(
              Quoting.quoted(
                  task.dependsOn().stream().map(names::of).collect(Collectors.joining(" && "))))
          .append("\n");
    }
    return out.append("            template: ")
        .append(name)
        .append(
            """

                        arguments:
                          parameters:
                            - name: start
                              value: "{{inputs.parameters.start}}"
                            - name: end
                              value: "{{inputs.parameters.end}}"
            """)
        .toString();
  }

  private static String container(Planned.Task task, String name, Settings settings, String retry) {
    List<String> arguments =
        task.argv().stream()
            .map(
                word ->
                    switch (word) {
                      case "{{start}}" -> "{{inputs.parameters.start}}";
                      case "{{end}}" -> "{{inputs.parameters.end}}";
                      case "{{project}}" -> "{{workflow.parameters.project}}";
                      default -> word;
                    })
            .toList();
    return "\n"
        + CronFile.comments(task, "    # ")
        + "    - name: "
        + name
        + """

              inputs:
                parameters:
                  - name: start
                  - name: end
        """
        + retry
        + """
              container:
                image: "{{workflow.parameters.image}}"
                command: %s
                args: %s
        """
            .formatted(Quoting.list(settings.command()), Quoting.list(arguments));
  }

  private static String retry(Planned plan) {
    return """
              # Codes %s: a definition is wrong, or the data fail a gate. Whatever else ends a container, a lost node too, is tried again.
              retryStrategy: &retry
                limit: "4"
                retryPolicy: Always
                expression: "asInt(lastRetry.exitCode) not in %s"
                backoff:
                  duration: 1m
                  factor: "2"
        """
        .formatted(
            plan.fail().stream().map(String::valueOf).collect(Collectors.joining(" and ")),
            plan.fail());
  }
}
