package dev.tidemark.compile;

import dev.tidemark.definition.Body;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Runs the planning of users' {@link Transformation} classes. */
final class JavaTransformations {
  private final Findings findings;

  JavaTransformations(Findings findings) {
    this.findings = findings;
  }

  Optional<Dataset<Row>> apply(Body.JavaClass javaClass, Map<String, Dataset<Row>> inputs) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try {
      Class<?> found = Class.forName(javaClass.name(), true, loader);
      if (!Transformation.class.isAssignableFrom(found)) {
        return refuse(
            javaClass,
            "class %s is no %s".formatted(javaClass.name(), Transformation.class.getName()),
            "let it implement that interface");
      }
      Transformation transformation = (Transformation) found.getDeclaredConstructor().newInstance();
      return Optional.of(transformation.apply(Map.copyOf(inputs)));
    } catch (ClassNotFoundException e) {
      return refuse(
          javaClass,
          "no class %s on the job's class path".formatted(javaClass.name()),
          "add its jar: spark-submit --jars, or TIDEMARK_CLASSPATH for the launcher");
    } catch (ReflectiveOperationException e) {
      return refuse(
          javaClass,
          "class %s can't be made".formatted(javaClass.name()),
          "it needs a public constructor without parameters; " + SqlErrors.brief(e));
    } catch (RuntimeException e) {
      // The user's code may throw anything; it is told as theirs, with its place.
      return refuse(javaClass, "class %s failed".formatted(javaClass.name()), SqlErrors.brief(e));
    }
  }

  private Optional<Dataset<Row>> refuse(Body.JavaClass javaClass, String what, String hint) {
    findings.mistakes().add(javaClass.origin(), what, hint);
    return Optional.empty();
  }
}
