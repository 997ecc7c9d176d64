package dev.tidemark.jobs.export;

import java.nio.file.Path;
import java.time.Instant;

/** A workflow of GitHub Actions. */
final class GithubFile {
  /** How steps call what the workflow builds, where no image has it. */
  private static final String BUILT = "\"$GITHUB_WORKSPACE\"/.tidemark-cli/jobs/bin/tidemark";

  private static final String CHECKOUT =
      "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2";

  /** Tidemark from its sources: built once, and then from the cache. */
  private static final String BUILD =
      """

            # No image was named, so that Tidemark is built from its sources, once a version. Set the repository's variables
            # TIDEMARK_REPOSITORY (owner/name) and TIDEMARK_REF (a tag or commit).
            - uses: actions/setup-java@c5195efecf7bdfc987ee8bae7a71cb8b11521c00 # v4.7.1
              with:
                distribution: temurin
                java-version: "17"
            - id: built
              uses: actions/cache@5a3ec84eff668545956fd18022155c47e93e2684 # v4.2.3
              with:
                path: .tidemark-cli
                key: tidemark-${{ vars.TIDEMARK_REPOSITORY }}-${{ vars.TIDEMARK_REF }}
            - if: steps.built.outputs.cache-hit != 'true'
              uses: @CHECKOUT@
              with:
                repository: ${{ vars.TIDEMARK_REPOSITORY }}
                ref: ${{ vars.TIDEMARK_REF }}
                path: .tidemark-cli
            - if: steps.built.outputs.cache-hit != 'true'
              working-directory: .tidemark-cli
              run: ./mvnw -q -DskipTests -pl jobs -am package
      """
          .replace("@CHECKOUT@", CHECKOUT);

  private GithubFile() {}

  static String of(Planned plan, Settings settings) {
    Cadence cadence = plan.cadence();
    Instant first = CronFile.first(plan, settings, cadence);
    String image = settings.image();
    boolean builds = image == null && settings.command().equals(java.util.List.of("tidemark"));
    StringBuilder tasks = new StringBuilder();
    for (Planned.Task task : plan.tasks()) {
      tasks
          .append("\n")
          .append(CronFile.comments(task, "      # "))
          .append("      - name: ")
          .append(Quoting.quoted(expressionless(task.id())))
          .append("\n        run: |\n          . \"$RUNNER_TEMP/run.sh\"\n          run ")
          .append(expressionless(Shell.arguments(task)))
          .append("\n");
    }
    return Template.of("github.template")
        .with("NAME", Quoting.comment(plan.name()))
        .with("ENVIRONMENT", plan.environment())
        .with("ENVWORD", Quoting.word(plan.environment()))
        .with("VERSION", plan.version())
        .with("FILE", StarterFile.name(Tool.GITHUB, plan.name()))
        .with("TITLE", Quoting.quoted(expressionless("Tidemark " + plan.name())))
        .with(
            "CRON",
            Quoting.quoted(settings.schedule() == null ? cadence.cron() : settings.schedule()))
        .with("PROJECT", Quoting.quoted(expressionless(project(plan))))
        .with("FIRST", first)
        .with("ANCHOR", first.getEpochSecond())
        .with("PERIOD", cadence.period().toSeconds())
        .with("GROUP", Names.plain("tidemark " + plan.name() + " " + plan.environment(), "-"))
        .with("CONTAINER", image == null ? "" : "    container: " + Quoting.quoted(image) + "\n")
        .with("SETUP", "      - uses: " + CHECKOUT + "\n" + (builds ? BUILD : ""))
        .with("COMMAND", builds ? BUILT : Shell.command(settings))
        .with("FAIL", Shell.fail(plan))
        .with("TASKS", tasks.toString().stripTrailing())
        .filled()
        // Of gaps that were filled with nothing.
        .replaceAll("\n{3,}", "\n\n");
  }

  /**
   * In the repository: where the project is from here, unless that says where it is on this
   * machine.
   */
  private static String project(Planned plan) {
    return Path.of(plan.project()).isAbsolute() ? "." : plan.project();
  }

  /** GitHub reads its expressions in every text, whatever stands around them. */
  private static String expressionless(String text) {
    return text.replace("${{", "$ {{");
  }
}
