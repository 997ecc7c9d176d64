package dev.tidemark.run;

import dev.tidemark.compile.Compiler;
import dev.tidemark.plan.Graph;
import dev.tidemark.plan.ResolvedView;
import dev.tidemark.plan.Target;
import dev.tidemark.store.FileLists;
import dev.tidemark.store.OfflineTable;
import dev.tidemark.store.OfflineTables;
import dev.tidemark.store.RunHistory;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/**
 * What every task of a run works with.
 *
 * @param root relative paths are relative to it
 * @param runId different for every run
 * @param version Tidemark's
 */
record RunTools(
    SparkSession session,
    Path root,
    Graph graph,
    Compiler compiler,
    RunHistory history,
    FileLists files,
    ManifestWriter manifests,
    String runId,
    String version,
    Progress progress) {

  /** Names all that decides what a view's state is: one that was made otherwise is of no use. */
  String stateOf(ResolvedView view) {
    return "%s tidemark-%s settings-%s"
        .formatted(
            compiler.stateOf(view),
            version,
            Integer.toHexString(ManifestWriter.resultSettings(session).hashCode()));
  }

  OfflineTable table(Target target) {
    return OfflineTables.of(session, root, target);
  }
}
