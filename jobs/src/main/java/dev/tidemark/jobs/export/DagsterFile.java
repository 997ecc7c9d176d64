package dev.tidemark.jobs.export;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Definitions for Dagster. */
final class DagsterFile {
  /** The newest release that the build runs such a file with. */
  private static final String DAGSTER = "1.13.29";

  private static final String INDENT = "    ";

  /** The checks that every manifest tells of. */
  private static final List<String> CHECKS = List.of("inputs_unchanged", "gates");

  private static final List<String> CHECKS_OF_BUILDS =
      List.of("no_null_time", "row_count", "inputs_unchanged", "gates");

  private final Planned plan;
  private final Settings settings;
  private final Names names = new Names("_");

  /** Partitions by the name of their variable. */
  private final Map<String, Partitions> partitions = new LinkedHashMap<>();

  /** Keys of the sources that Tidemark only reads, by the source. */
  private final Map<String, Planned.Asset> sources = new TreeMap<>();

  /**
   * A partitions definition.
   *
   * @param job the name of the job that materializes its assets
   * @param code how it is made
   */
  private record Partitions(String job, String code, List<String> assets) {}

  private DagsterFile(Planned plan, Settings settings) {
    this.plan = plan;
    this.settings = settings;
  }

  static String of(Planned plan, Settings settings) {
    return new DagsterFile(plan, settings).text();
  }

  private String text() {
    Set<String> written =
        plan.tasks().stream()
            .flatMap(task -> task.outputs().stream())
            .map(Planned.Asset::resource)
            .collect(Collectors.toSet());
    plan.tasks().stream()
        .flatMap(task -> task.inputs().stream())
        .filter(input -> !written.contains(input.resource()))
        .forEach(input -> sources.putIfAbsent(input.resource(), input));
    List<String> tasks = new ArrayList<>();
    sources.values().forEach(source -> tasks.add(source(source)));
    List<String> assets = new ArrayList<>();
    sources.keySet().forEach(source -> assets.add(names.of(source)));
    for (Planned.Task task : plan.tasks()) {
      if (!task.outputs().isEmpty()) {
        tasks.add(asset(task));
        assets.add(names.of(task.resource()));
      }
    }
    partitions.values().forEach(each -> tasks.add(job(each)));
    String file = StarterFile.name(Tool.DAGSTER, plan.name());
    return Template.of("dagster.template")
        .with("NAME", Quoting.comment(plan.name()).replace("\\", "/").replace("\"", "'"))
        .with("ENVIRONMENT", plan.environment())
        .with("VERSION", plan.version())
        .with("DAGSTER", DAGSTER)
        .with("FILE", file)
        .with("COMMAND", Quoting.quoted(Shell.command(settings)))
        .with("PROJECT", Quoting.quoted(settings.folder()))
        .with(
            "FAIL",
            plan.fail().stream().map(String::valueOf).collect(Collectors.joining(", ", "{", "}")))
        .with(
            "PARTITIONS",
            partitions.entrySet().stream()
                .map(each -> each.getKey() + " = " + each.getValue().code() + "\n")
                .collect(Collectors.joining()))
        .with("TASKS", String.join("\n", tasks).stripTrailing())
        .with(
            "ASSETS",
            assets.stream()
                .map(name -> INDENT + INDENT + name + ",")
                .collect(Collectors.joining("\n")))
        .with(
            "JOBS",
            partitions.values().stream().map(Partitions::job).collect(Collectors.joining(", ")))
        .filled();
  }

  private String source(Planned.Asset source) {
    return """
        %s = dg.AssetSpec(
            key=%s,
            group_name=%s,
            metadata={"uri": %s},
            kinds={"source"},
        )
        """
        .formatted(
            names.of(source.resource()),
            Quoting.list(key(source)),
            Quoting.quoted(group()),
            Quoting.quoted(source.uri()));
  }

  private String asset(Planned.Task task) {
    Planned.Asset output = task.outputs().get(0);
    String name = names.of(task.resource());
    String partitioned = partitions(task, name);
    List<String> lines = new ArrayList<>();
    lines.add("key=" + Quoting.list(key(output)));
    lines.add("argv=" + Quoting.list(task.argv()));
    lines.add("partitions=" + partitioned);
    lines.add("checks=" + Quoting.list(task.kind().equals("build") ? CHECKS_OF_BUILDS : CHECKS));
    List<String> awaits =
        task.dependsOn().stream()
            .map(plan::task)
            .filter(before -> before.outputs().isEmpty())
            .map(before -> Quoting.list(before.argv()))
            .toList();
    if (!awaits.isEmpty()) {
      lines.add("awaits=[" + String.join(", ", awaits) + "]");
    }
    lines.add("deps=[" + String.join(", ", dependencies(task)) + "]");
    lines.add("group_name=" + Quoting.quoted(group()));
    if (task.fingerprint() != null) {
      lines.add("code_version=" + Quoting.quoted(task.fingerprint()));
    }
    if (task.description() != null) {
      lines.add("description=" + Quoting.quoted(task.description()));
    }
    if (task.owner() != null) {
      lines.add("owners=[" + Quoting.quoted(owner(task.owner())) + "]");
    }
    if (!task.tags().isEmpty()) {
      lines.add(
          "tags={"
              + task.tags().stream()
                  .map(DagsterFile::tag)
                  .distinct()
                  .map(tag -> Quoting.quoted(tag) + ": \"\"")
                  .collect(Collectors.joining(", "))
              + "}");
    }
    lines.add(
        "kinds={\"spark\"%s}"
            .formatted(output.format() == null ? "" : ", " + Quoting.quoted(output.format())));
    lines.add(
        "metadata={\"uri\": %s, \"resource\": %s}"
            .formatted(Quoting.quoted(output.uri()), Quoting.quoted(task.resource())));
    return name
        + " = asset(\n"
        + lines.stream().map(line -> INDENT + line + ",\n").collect(Collectors.joining())
        + ")\n";
  }

  /** The keys of what it reads: of offline tables of views, and of sources. */
  private List<String> dependencies(Planned.Task task) {
    Set<String> keys = new TreeSet<>();
    for (String before : task.dependsOn()) {
      plan.task(before).outputs().stream()
          .limit(1)
          .forEach(output -> keys.add(Quoting.list(key(output))));
    }
    for (Planned.Asset input : task.inputs()) {
      if (sources.containsKey(input.resource())) {
        keys.add(Quoting.list(key(input)));
      }
    }
    return keys.stream().map(key -> "dg.AssetKey(" + key + ")").toList();
  }

  /** The name of the variable that has a task's partitions. */
  private String partitions(Planned.Task task, String asset) {
    Instant first = settings.start();
    Cadence cadence;
    if (task.grain() != null) {
      cadence = Cadence.of(task);
      first = first == null ? task.first() : first;
    } else {
      cadence = ofWhatItReads(task);
      first = first == null ? plan.first().orElse(null) : first;
    }
    if (first == null) {
      throw new ExportException(
          "no feature view of the plan says when its first tick is, and partitions need a first day: give it with --start, such as --start 2024-01-01");
    }
    String schedule = settings.schedule();
    Instant start = cadence.floor(first);
    String code = schedule == null ? code(cadence, start) : code(schedule, start);
    for (Map.Entry<String, Partitions> known : partitions.entrySet()) {
      if (known.getValue().code().equals(code)) {
        known.getValue().assets().add(asset);
        return known.getKey();
      }
    }
    String words = schedule == null ? cadence.words() : "scheduled";
    String variable = words.toUpperCase(Locale.ROOT);
    for (int i = 2; partitions.containsKey(variable); i++) {
      variable = words.toUpperCase(Locale.ROOT) + "_" + i;
    }
    partitions.put(
        variable,
        new Partitions(
            variable.toLowerCase(Locale.ROOT) + "_job", code, new ArrayList<>(List.of(asset))));
    return variable;
  }

  /** A training set is built as often as the slowest of the views that it reads from tables. */
  private Cadence ofWhatItReads(Planned.Task task) {
    return task.dependsOn().stream()
        .map(plan::task)
        .filter(before -> before.grain() != null)
        .max(Comparator.comparing(before -> Objects.requireNonNull(before.grain())))
        .map(Cadence::of)
        .orElse(Cadence.DAILY);
  }

  private static String code(Cadence cadence, Instant start) {
    String day = DateTimeFormatter.ISO_LOCAL_DATE.format(start.atOffset(ZoneOffset.UTC));
    if (cadence.equals(Cadence.DAILY)) {
      return "dg.DailyPartitionsDefinition(start_date=%s, timezone=\"UTC\")"
          .formatted(Quoting.quoted(day));
    }
    if (cadence.minutes() == 60 && cadence.offset() == 0) {
      return "dg.HourlyPartitionsDefinition(start_date=%s, timezone=\"UTC\")"
          .formatted(
              Quoting.quoted(
                  DateTimeFormatter.ofPattern("yyyy-MM-dd-HH:mm", Locale.ROOT)
                      .format(start.atOffset(ZoneOffset.UTC))));
    }
    return code(cadence.cron(), start);
  }

  private static String code(String cron, Instant start) {
    return "dg.TimeWindowPartitionsDefinition(start=%s, cron_schedule=%s, fmt=\"%%Y-%%m-%%dT%%H:%%M\", timezone=\"UTC\")"
        .formatted(
            Quoting.quoted(
                DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm", Locale.ROOT)
                    .format(start.atOffset(ZoneOffset.UTC))),
            Quoting.quoted(cron));
  }

  private String job(Partitions each) {
    return """
        # Of one partition after another; what one of its assets reads of another is done before.
        %s = dg.define_asset_job(
            %s,
            selection=[%s],
        )
        """
        .formatted(
            each.job(),
            Quoting.quoted(
                "tidemark_"
                    + Names.plain(plan.name(), "_")
                    + "_"
                    + each.job().replaceFirst("_job$", "")),
            String.join(", ", each.assets()));
  }

  /**
   * What others would call the same data: its table's name; else where it is, if that is known to
   * all; else its name in the project.
   */
  private List<String> key(Planned.Asset asset) {
    String table = asset.table();
    if (table != null && table.matches("\\w+(\\.\\w+)+")) {
      return List.of(table.split("\\."));
    }
    String uri = asset.uri();
    int scheme = uri.indexOf("://");
    if (scheme > 0 && !uri.startsWith("tidemark:") && !uri.startsWith("file:")) {
      return parts(uri.substring(scheme + 3));
    }
    String resource = asset.resource();
    int kind = resource.indexOf('.');
    return List.of(
        plan.name(), resource.substring(0, kind), resource.substring(kind + 1).replace('.', '_'));
  }

  private static List<String> parts(String path) {
    return List.of(path.replaceAll("^/+|/+$", "").split("/+"));
  }

  private String group() {
    return Names.plain(plan.name(), "_");
  }

  /** An address, or a team. */
  private static String owner(String owner) {
    return owner.matches("[^@\\s]+@[^@\\s]+\\.[^@\\s]+")
        ? owner
        : "team:" + owner.replaceAll("[^A-Za-z0-9_.-]+", "_");
  }

  private static String tag(@Nullable String tag) {
    String plain = String.valueOf(tag).replaceAll("[^A-Za-z0-9_.-]+", "_");
    return plain.length() <= 63 ? plain : plain.substring(0, 63);
  }
}
