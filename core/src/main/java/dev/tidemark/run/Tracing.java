package dev.tidemark.run;

import dev.tidemark.compile.Compiler;
import dev.tidemark.compile.PinnedSources;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.plan.Target;
import dev.tidemark.plan.Task;
import dev.tidemark.store.Manifest;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.store.RowsSummary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.StructField;

/** Finds out what tasks were made of, once they are done: reads metadata, and no rows. */
final class Tracing {
  private final RunTools tools;

  Tracing(RunTools tools) {
    this.tools = tools;
  }

  /**
   * Of one task.
   *
   * @param sources at which states it read them
   */
  Trace of(Task task, TaskReport report, PinnedSources sources) {
    Compiler.Traced traced = tools.compiler().traced(task, sources);
    Optional<ManifestWriter.Told> told = tools.manifests().newest(task);
    List<Manifest.Check> checks = told.map(ManifestWriter.Told::checks).orElse(List.of());
    return new Trace(
        traced.lineage(),
        traced.types(),
        inputs(tools.compiler().sources(task), sources),
        task.targets().stream().map(target -> output(target, report)).toList(),
        told.map(made -> columns(made.rows())).orElseGet(() -> columns(task.targets().get(0))),
        checks.stream().map(Tracing::check).toList(),
        tools.runId());
  }

  static Trace.Check check(Manifest.Check check) {
    Manifest.Asked asked = check.asked();
    return new Trace.Check(
        check.name(),
        check.verdict(),
        check.detail(),
        asked == null ? null : new Trace.Asked(asked.column(), asked.severity(), asked.expected()));
  }

  private static Map<String, String> columns(RowsSummary rows) {
    Map<String, String> columns = new LinkedHashMap<>();
    rows.columns()
        .forEach(column -> columns.put(column.name(), column.type().toLowerCase(Locale.ROOT)));
    return columns;
  }

  /** Of a table as it is, where this run computed nothing for it. */
  private Map<String, String> columns(Target target) {
    Map<String, String> columns = new LinkedHashMap<>();
    OfflineTable table = tools.table(target);
    if (table.exists()) {
      for (StructField field : table.read().schema().fields()) {
        columns.put(field.name(), field.dataType().asNullable().sql().toLowerCase(Locale.ROOT));
      }
    }
    return columns;
  }

  private static List<Trace.Input> inputs(List<ResourceName> read, PinnedSources sources) {
    List<Trace.Input> inputs = new ArrayList<>();
    for (ResourceName source : read) {
      List<InputSnapshot> snapshots = sources.snapshots(List.of(source));
      List<List<String>> storage = sources.storage(List.of(source));
      List<InputFile> files = sources.files(source);
      for (int i = 0; i < snapshots.size(); i++) {
        InputSnapshot snapshot = snapshots.get(i);
        // Of a query over several tables of plain files nobody knows which file is whose.
        boolean plain = snapshot.kind() == InputSnapshot.Kind.FILES && snapshots.size() == 1;
        inputs.add(
            new Trace.Input(
                snapshot,
                storage.get(i),
                plain ? (long) files.size() : null,
                plain ? files.stream().mapToLong(InputFile::bytes).sum() : null));
      }
    }
    return inputs;
  }

  private Trace.Output output(Target target, TaskReport report) {
    String table = tools.table(target).name();
    String snapshot =
        report.tables().stream()
            .filter(written -> written.target().equals(target))
            .map(TaskReport.Written::snapshot)
            .findFirst()
            .orElse(null);
    String storage =
        OfflineTables.storage(tools.root(), target)
            .orElseGet(() -> tools.compiler().storage(table).stream().findFirst().orElse(null));
    return new Trace.Output(target, table, storage, snapshot);
  }
}
