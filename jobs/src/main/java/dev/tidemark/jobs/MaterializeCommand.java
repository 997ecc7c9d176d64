package dev.tidemark.jobs;

import dev.tidemark.plan.Interval;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes the values of feature views. */
@CommandLine.Command(
    name = "materialize",
    description = {
      "Write the values of feature views at every tick of an interval.",
      "",
      "A view's ticks are what its `materialize` says. The rows of the interval are replaced; all "
          + "others stay."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark materialize customer_spend.v1 --start 2024-03-01 --end 2024-03-08",
      "  tidemark materialize --all --start 2024-03-01T06:00:00Z --end 2024-03-01T07:00:00Z"
    })
final class MaterializeCommand implements Command {
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private Names names = new Names();

  @Option(
      names = "--start",
      required = true,
      paramLabel = "TIME",
      description = "The first instant of the interval, or a date for midnight UTC.")
  @Nullable Instant start;

  @Option(
      names = "--end",
      required = true,
      paramLabel = "TIME",
      description = "The first instant after it, or a date for midnight UTC.")
  @Nullable Instant end;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report) {
    List<String> chosen = names.orAll();
    Interval interval = interval();
    throw new RefusedException(
        Status.REFUSED, "`materialize` of " + chosen + " in " + interval + " is not supported yet");
  }

  private Interval interval() {
    if (start == null || end == null) {
      throw new IllegalStateException("required options without a value");
    }
    if (!start.isBefore(end)) {
      throw new RefusedException(
          Status.REFUSED,
          "--end is not after --start: %s, %s; the interval is [start, end)".formatted(end, start));
    }
    return new Interval(start, end);
  }
}
