package dev.tidemark;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The layers and the arrows between them, as the design draws them. */
class ArchitectureTest {
  private static final String ROOT = "dev.tidemark";

  /** What each layer may use of ours beside itself. */
  static final Map<String, Set<String>> MAY_USE =
      Map.of(
          "definition", Set.of(),
          "plan", Set.of("definition"),
          "pit", Set.of("pit.kernel"),
          "pit.kernel", Set.of(),
          "local", Set.of(),
          "compile", Set.of("definition", "plan", "pit"),
          // The plan's types show records of definitions, such as the provider of a target.
          "store", Set.of("definition", "plan"),
          "run", Set.of("definition", "plan", "pit", "compile", "store", "local"));

  static final Set<String> LAYERS = new TreeSet<>(MAY_USE.keySet());

  /** These know no engine. */
  static final List<String> WITHOUT_SPARK = List.of("definition", "plan", "pit.kernel");

  /** Fewer than these, and the rules below would hold because nothing was looked at. */
  private static final int LEAST_CLASSES_OF_A_LAYER = 4;

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void every_package_is_a_layer() {
    Set<String> packages =
        CLASSES.stream()
            .map(JavaClass::getPackageName)
            .map(ArchitectureTest::layer)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(packages).isEqualTo(LAYERS);
  }

  @ParameterizedTest
  @FieldSource("LAYERS")
  void classes_of_every_layer_were_seen(String layer) {
    assertThat(classes(layer)).hasSizeGreaterThanOrEqualTo(LEAST_CLASSES_OF_A_LAYER);
  }

  @ParameterizedTest
  @FieldSource("LAYERS")
  void a_layer_uses_only_those_below_it(String layer) {
    List<String> wrong =
        dependencies(layer)
            .filter(dependency -> dependency.getTargetClass().getPackageName().startsWith(ROOT))
            .filter(
                dependency -> {
                  String used = layer(dependency.getTargetClass().getPackageName());
                  return !used.equals(layer)
                      && !MAY_USE.getOrDefault(layer, Set.of()).contains(used);
                })
            .map(Dependency::getDescription)
            .toList();
    assertThat(wrong).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("WITHOUT_SPARK")
  void what_needs_no_engine_knows_no_spark(String layer) {
    List<String> wrong =
        dependencies(layer)
            .filter(
                dependency -> {
                  String used = dependency.getTargetClass().getPackageName();
                  return used.startsWith("org.apache.") || used.startsWith("scala");
                })
            .map(Dependency::getDescription)
            .toList();
    assertThat(wrong).isEmpty();
  }

  @Test
  void no_packages_use_each_other_in_a_circle() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @ParameterizedTest
  @FieldSource("LAYERS")
  void every_package_is_described_and_null_marked(String layer) {
    JavaPackage found = CLASSES.getPackage(ROOT + "." + layer);
    assertThat(found.tryGetPackageInfo()).isPresent();
    assertThat(found.isAnnotatedWith(NullMarked.class)).isTrue();
  }

  private static String layer(String packageName) {
    return packageName.equals(ROOT) ? "" : packageName.substring(ROOT.length() + 1);
  }

  private static JavaClasses classes(String layer) {
    return CLASSES.that(
        DescribedPredicate.describe(
            "are in " + layer,
            found ->
                found.getPackageName().equals(ROOT + "." + layer)
                    && !found.getSimpleName().equals("package-info")));
  }

  private static java.util.stream.Stream<Dependency> dependencies(String layer) {
    return classes(layer).stream().flatMap(found -> found.getDirectDependenciesFromSelf().stream());
  }
}
