package dev.tidemark.plan;

import dev.tidemark.definition.Location;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.Source;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Data that a task reads or writes, under the name that an orchestrator knows it by.
 *
 * <p>The name is a URI that is the same for all who mean the same data: where it is, if that can be
 * told without asking a catalog ({@code s3://lake/features/spend_v1}); {@code
 * iceberg://CATALOG/DATABASE/TABLE} for the table of a catalog that alone knows where; {@code
 * table://...} for one that Spark's configuration alone knows; and {@code tidemark://PROJECT/...}
 * for what has no place but in its project.
 *
 * @param resource the id of the source, view or training set whose rows these are
 * @param uri as above
 * @param target the table, if it is one that Tidemark writes
 */
public record Asset(String resource, String uri, @Nullable Target target) {

  /** The rows of a source. */
  static Asset of(Source source, List<Provider> providers, Path project) {
    String uri =
        source
            .location()
            .match(
                table -> table(table.name(), providers, project),
                files ->
                    files.format() == Location.Format.JDBC
                        ? inProject(source.id(), project)
                        : place(files.path(), project),
                query -> inProject(source.id(), project));
    return new Asset(source.id(), uri, null);
  }

  /** A table that Tidemark writes. */
  static Asset of(String resource, Target target, Path project) {
    Provider provider = target.provider();
    return new Asset(
        resource, table(provider, List.of(provider.database()), target.name(), project), target);
  }

  private static String table(String written, List<Provider> providers, Path project) {
    List<String> parts = Arrays.asList(written.replace("`", "").split("\\.", -1));
    for (Provider provider : providers) {
      if (parts.size() > 2
          && parts.get(0).equals(provider.catalog())
          && provider.format() == Provider.TableFormat.ICEBERG) {
        return table(
            provider, parts.subList(1, parts.size() - 1), parts.get(parts.size() - 1), project);
      }
    }
    return "table://" + String.join("/", parts);
  }

  private static String table(
      Provider provider, List<String> namespace, String name, Path project) {
    String path = String.join("/", namespace) + "/" + name;
    return provider.isOfFolders()
        ? place(provider.warehouse().replaceAll("/+$", "") + "/" + path, project)
        : "%s://%s/%s".formatted(provider.format(), provider.catalog(), path);
  }

  private static String place(String written, Path project) {
    String place = written.replaceAll("(?<=[^/])/+$", "");
    if (place.matches("[a-zA-Z][a-zA-Z0-9+.-]+:.*")) {
      return place.replaceFirst("^file:/+", "file:///");
    }
    return place.startsWith("/") ? "file://" + place : inProject(place, project);
  }

  /** The folder's name and not where it is: that differs from machine to machine. */
  private static String inProject(String what, Path project) {
    return "tidemark://" + name(project) + "/" + what.replaceFirst("^(\\./)+", "");
  }

  /** What a project is called: the name of its folder. */
  public static String name(Path project) {
    Path name = project.toAbsolutePath().normalize().getFileName();
    return name == null ? "project" : name.toString();
  }
}
