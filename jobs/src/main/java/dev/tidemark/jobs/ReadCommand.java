package dev.tidemark.jobs;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints a built table. */
@CommandLine.Command(
    name = "read",
    description = {
      "Print a built training set or materialized view.",
      "",
      "It is read from the first provider that the environment writes to. csv has a header; json is "
          + "one object a line; times are UTC."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark read fraud.v1",
      "  tidemark read fraud.v1 --limit 100 --format json",
      "  tidemark read fraud.v1 --limit 0 --format csv --out fraud.csv    all rows, to a file"
    })
final class ReadCommand implements Command {

  /** How rows are printed. */
  enum Format {
    table,
    csv,
    json
  }

  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(
      paramLabel = "NAME",
      description = "A training set or a feature view, such as fraud.v1.")
  String name = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "How many rows; 0 is all (default: 20).")
  int limit = 20;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "table, csv or json (default: table).")
  Format format = Format.table;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Print the rows to a file; it appears when it is complete.")
  @Nullable Path out;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report) {
    throw new RefusedException(Status.REFUSED, "`read` is not supported yet");
  }
}
