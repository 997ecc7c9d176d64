/**
 * Starter files for what schedules the tasks of a project: Airflow, Dagster, Argo Workflows, cron
 * and GitHub Actions.
 *
 * <p>In: a plan of every interval, the document of {@code plan --template}, and what its reader
 * wants otherwise. Out: the text of one file, the same for the same plan, that its owner edits from
 * then on. Calls nothing else of Tidemark's.
 */
@org.jspecify.annotations.NullMarked
package dev.tidemark.jobs.export;
