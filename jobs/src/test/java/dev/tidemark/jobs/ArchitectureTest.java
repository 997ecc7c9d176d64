package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The command line's place in the layers: above {@code run}, and blind to what is below that. */
class ArchitectureTest {
  private static final String ROOT = "dev.tidemark.";
  private static final Set<String> MAY_USE =
      Set.of(
          ROOT + "jobs",
          ROOT + "jobs.dagster",
          ROOT + "jobs.export",
          ROOT + "jobs.openlineage",
          ROOT + "run",
          ROOT + "plan",
          ROOT + "definition",
          ROOT + "site");

  @Test
  void one_package_knows_openlineage_and_nothing_of_the_command_line() {
    JavaClasses jobs = classes();
    List<String> wrong =
        jobs.stream()
            .flatMap(found -> found.getDirectDependenciesFromSelf().stream())
            .filter(
                dependency -> {
                  boolean inside =
                      dependency
                          .getOriginClass()
                          .getPackageName()
                          .equals(ROOT + "jobs.openlineage");
                  String used = dependency.getTargetClass().getPackageName();
                  return inside
                      ? used.equals(ROOT + "jobs") || used.equals(ROOT + "site")
                      : used.startsWith("io.openlineage");
                })
            .map(Dependency::getDescription)
            .toList();
    assertThat(wrong).isEmpty();
  }

  private static JavaClasses classes() {
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .importPackages(ROOT + "jobs");
  }

  @Test
  void jobs_use_run_plan_definition_and_the_site_only() {
    JavaClasses jobs = classes();
    List<String> wrong =
        jobs.stream()
            .flatMap(found -> found.getDirectDependenciesFromSelf().stream())
            .filter(
                dependency -> {
                  String used = dependency.getTargetClass().getPackageName();
                  return used.startsWith(ROOT) && !MAY_USE.contains(used);
                })
            .map(Dependency::getDescription)
            .toList();
    assertThat(jobs).hasSizeGreaterThan(10);
    assertThat(wrong).isEmpty();
  }
}
