package dev.tidemark.jobs;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** {@code --as-of}. */
final class AsOf {
  @Option(
      names = "--as-of",
      paramLabel = "TIME",
      converter = OrNow.class,
      description =
          "Nothing that was not known then is used: an instant, a date, or now. T of --scoring and "
              + "--latest (default: as far as the label's data reach; with --latest the newest "
              + "materialized tick).")
  @Nullable Instant instant;

  /** An instant, or {@code now}: the one place where the clock is asked for a result. */
  static final class OrNow implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String text) {
      return text.equals("now")
          ? Instant.now().truncatedTo(ChronoUnit.MICROS)
          : Instants.parse(text);
    }
  }
}
