package dev.tidemark.jobs.openlineage;

import dev.tidemark.definition.About;
import dev.tidemark.run.Trace;
import io.openlineage.client.OpenLineage;
import java.net.URI;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Facets that several kinds of events and datasets have. A null stands for: there is none. */
final class Facets {
  static final String ENGINE = "spark";
  private static final String INTEGRATION = "TIDEMARK";
  private static final String TEXT = "text/plain";

  /** Definitions that are longer than this are to be read where they are. */
  private static final int LONGEST_SOURCE = 100_000;

  private final OpenLineage openLineage;

  Facets(OpenLineage openLineage) {
    this.openLineage = openLineage;
  }

  /** The client's, for all that has no method here. */
  OpenLineage openLineage() {
    return openLineage;
  }

  static ZonedDateTime time(Instant instant) {
    return instant.atZone(ZoneOffset.UTC);
  }

  /** A check of the rows, as a test of the run. */
  OpenLineage.TestExecution test(Trace.Check check) {
    Trace.Asked asked = check.asked();
    return openLineage
        .newTestExecutionBuilder()
        .name(check.name())
        .type(type(check))
        .status(check.passed() ? "pass" : "fail")
        .severity(severity(asked))
        .description(asked == null ? check.detail() : null)
        .expected(asked == null ? null : asked.expected())
        .actual(asked == null ? null : check.detail())
        .build();
  }

  /** A check of the rows, as one of the dataset that they come from. */
  OpenLineage.DataQualityAssertionsDatasetFacetAssertions assertion(Trace.Check check) {
    Trace.Asked asked = check.asked();
    return openLineage
        .newDataQualityAssertionsDatasetFacetAssertionsBuilder()
        .assertion(type(check))
        .name(check.name())
        .success(check.passed())
        .column(asked == null ? null : asked.column())
        .severity(severity(asked))
        .description(asked == null ? check.detail() : null)
        .expected(asked == null ? null : asked.expected())
        .actual(asked == null ? null : check.detail())
        .build();
  }

  /** Of a gate the kind of what is asked, such as {@code nulls}. */
  private static String type(Trace.Check check) {
    return check.asked() == null
        ? check.name()
        : check.name().substring(check.name().lastIndexOf('.') + 1);
  }

  private static String severity(Trace.@Nullable Asked asked) {
    return asked != null && asked.severity().equals("warn") ? "warn" : "error";
  }

  /**
   * Columns with what is said of them.
   *
   * @param types in order, by name
   * @return null if there are none
   */
  OpenLineage.@Nullable SchemaDatasetFacet schema(
      Map<String, String> types, Map<String, About> notes) {
    List<OpenLineage.SchemaDatasetFacetFields> fields = new ArrayList<>();
    types.forEach(
        (name, type) ->
            fields.add(
                openLineage
                    .newSchemaDatasetFacetFieldsBuilder()
                    .name(name)
                    .type(type)
                    .description(notes.getOrDefault(name, About.NOTHING).description())
                    .ordinal_position(fields.size() + 1L)
                    .build()));
    return fields.isEmpty() ? null : openLineage.newSchemaDatasetFacet(fields);
  }

  /** What a resource says of itself, and its columns of themselves. */
  void about(About about, Map<String, About> columns, OpenLineage.DatasetFacetsBuilder facets) {
    if (about.owner() != null) {
      facets.ownership(
          openLineage.newOwnershipDatasetFacet(
              List.of(openLineage.newOwnershipDatasetFacetOwners(about.owner(), "OWNER"))));
    }
    if (about.description() != null) {
      facets.documentation(openLineage.newDocumentationDatasetFacet(about.description(), TEXT));
    }
    List<OpenLineage.TagsDatasetFacetFields> tags = new ArrayList<>();
    about.tags().forEach(tag -> tags.add(tag(tag, null)));
    columns.forEach((column, of) -> of.tags().forEach(tag -> tags.add(tag(tag, column))));
    if (!tags.isEmpty()) {
      facets.tags(openLineage.newTagsDatasetFacet(tags));
    }
  }

  private OpenLineage.TagsDatasetFacetFields tag(String tag, @Nullable String column) {
    return openLineage.newTagsDatasetFacetFields(tag, "true", "USER", column);
  }

  /**
   * Where a dataset is, and its other name.
   *
   * @param source in words
   * @param layer such as {@code iceberg}; null where it is plain files
   * @param format of its files; null: not known
   */
  void place(
      Place place,
      String source,
      @Nullable String layer,
      @Nullable String format,
      OpenLineage.DatasetFacetsBuilder facets) {
    URI storage = place.storage();
    if (storage != null) {
      facets.dataSource(openLineage.newDatasourceDatasetFacet(source, storage));
      facets.storage(openLineage.newStorageDatasetFacet(layer == null ? "file" : layer, format));
    }
    facets.datasetType(
        openLineage.newDatasetTypeDatasetFacet(
            layer == null && storage != null ? "FILE" : "TABLE", null));
    Place.Symlink table = place.table();
    if (table != null) {
      facets.symlinks(
          openLineage.newSymlinksDatasetFacet(
              List.of(
                  openLineage.newSymlinksDatasetFacetIdentifiers(
                      table.namespace(), table.name(), "TABLE"))));
    }
  }

  /** A job's. */
  OpenLineage.JobFacetsBuilder job(String type, About about) {
    OpenLineage.JobFacetsBuilder facets =
        openLineage
            .newJobFacetsBuilder()
            .jobType(openLineage.newJobTypeJobFacet("BATCH", INTEGRATION, type, null));
    if (about.owner() != null) {
      facets.ownership(
          openLineage.newOwnershipJobFacet(
              List.of(openLineage.newOwnershipJobFacetOwners(about.owner(), "OWNER"))));
    }
    if (about.description() != null) {
      facets.documentation(openLineage.newDocumentationJobFacet(about.description(), TEXT));
    }
    if (!about.tags().isEmpty()) {
      facets.tags(
          openLineage.newTagsJobFacet(
              about.tags().stream()
                  .map(tag -> openLineage.newTagsJobFacetFields(tag, "true", "USER"))
                  .toList()));
    }
    return facets;
  }

  /** All definitions that a job runs, unless they are long. */
  OpenLineage.@Nullable SourceCodeJobFacet source(String definitions) {
    return definitions.length() > LONGEST_SOURCE
        ? null
        : openLineage.newSourceCodeJobFacet("HOCON", definitions);
  }

  OpenLineage.ParentRunFacet parent(Parent parent) {
    return openLineage.newParentRunFacet(
        openLineage.newParentRunFacetRun(parent.run().id(), null),
        openLineage.newParentRunFacetJob(parent.run().namespace(), parent.run().name(), null),
        openLineage.newParentRunFacetRoot(
            openLineage.newRootRun(parent.root().id(), null),
            openLineage.newRootJob(parent.root().namespace(), parent.root().name(), null)));
  }

  /** Names and values that tell of a run. */
  OpenLineage.TagsRunFacet tags(Map<String, String> values) {
    return openLineage.newTagsRunFacet(
        values.entrySet().stream()
            .map(
                value ->
                    openLineage.newTagsRunFacetFields(
                        value.getKey(), value.getValue(), INTEGRATION))
            .toList());
  }

  /** One event. */
  OpenLineage.RunEvent event(
      Instant at,
      OpenLineage.RunEvent.EventType type,
      UUID run,
      OpenLineage.RunFacetsBuilder runFacets,
      String namespace,
      String job,
      OpenLineage.JobFacetsBuilder jobFacets,
      List<OpenLineage.InputDataset> inputs,
      List<OpenLineage.OutputDataset> outputs) {
    return openLineage.newRunEvent(
        time(at),
        type,
        openLineage.newRun(run, runFacets.build()),
        openLineage.newJob(namespace, job, jobFacets.build()),
        inputs,
        outputs);
  }
}
