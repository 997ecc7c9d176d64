package dev.tidemark.plan;

import dev.tidemark.definition.DefinitionException;
import dev.tidemark.definition.Environment;
import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Materialize;
import dev.tidemark.definition.Problems;
import dev.tidemark.definition.Resource;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.Source;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Plans as orchestrators read them. A plan of one interval has the tasks that are due in it; the
 * plan of every interval has one task a resource, with {@link #START} and {@link #END} in place of
 * the times, and looks at nothing of the past.
 */
public final class Schedule {
  /** Stands for the first instant of a run's data interval. */
  public static final String START = "{{start}}";

  /** Stands for the first instant after it. */
  public static final String END = "{{end}}";

  private final Graph graph;
  private final Environment environment;
  private final Path project;
  private final @Nullable Instant end;

  private Schedule(Graph graph, Environment environment, Path project, @Nullable Instant end) {
    this.graph = graph;
    this.environment = environment;
    this.project = project;
    this.end = end;
  }

  /**
   * Waits for the sources that have a rule for when they are ready, and then the tasks of a plan,
   * in its order and under its ids.
   *
   * @param project the project's folder
   * @param end of the interval that was asked for, which may be before a view's last tick is over;
   *     null if none was
   */
  public static List<ScheduledTask> of(
      Plan plan, Environment environment, Path project, @Nullable Instant end) {
    Schedule schedule = new Schedule(plan.graph(), environment, project, end);
    List<ScheduledTask> scheduled = schedule.awaits(plan.tasks(), schedule::until);
    plan.tasks().forEach(task -> scheduled.add(schedule.due(task)));
    return scheduled;
  }

  /**
   * What every interval asks for: of each view its ticks in the interval, and then of each training
   * set a build as of the interval's end. A training set that reads offline tables of views brings
   * their tasks with it.
   *
   * @param names views and training sets, such as {@code fraud.v1} or {@code
   *     training-sets.fraud.v1}; empty: all training sets, and all views that have {@code
   *     materialize}
   * @throws DefinitionException for an unknown name, a view without {@code materialize}, and for
   *     what is not supported yet
   */
  public static List<ScheduledTask> ofEveryInterval(
      Graph graph, Environment environment, Path project, List<String> names) {
    return new Schedule(graph, environment, project, null).template(names);
  }

  private List<ScheduledTask> template(List<String> names) {
    Problems problems = new Problems();
    Set<ResourceName> views = new TreeSet<>();
    Set<ResourceName> sets = new TreeSet<>();
    if (names.isEmpty()) {
      sets.addAll(graph.trainingSets().keySet());
      graph.views().values().stream()
          .filter(view -> view.view().materialize() != null)
          .forEach(view -> views.add(view.view().ref()));
    } else {
      names.forEach(name -> choose(name, views, sets, problems));
    }
    List<ResolvedTrainingSet> chosen =
        graph.trainingSets().values().stream()
            .filter(set -> sets.contains(set.trainingSet().ref()))
            .toList();
    chosen.stream()
        .flatMap(set -> set.selections().stream())
        .filter(ResolvedSelection::materialized)
        .forEach(selection -> views.add(selection.view().view().ref()));
    List<Task> tasks = new ArrayList<>();
    graph.views().values().stream()
        .filter(view -> views.contains(view.view().ref()))
        .forEach(view -> firstTick(view, problems).ifPresent(tasks::add));
    chosen.forEach(set -> tasks.add(build(set)));
    tasks.forEach(task -> problems.addAll(Unsupported.in(graph, task)));
    problems.throwIfAny();
    List<ScheduledTask> scheduled = awaits(tasks, task -> END);
    tasks.forEach(task -> scheduled.add(everyInterval(task)));
    return scheduled;
  }

  /** Those sources of a task whose owners say when they are ready. */
  private List<Source> awaited(Task task) {
    return Awaiting.sources(graph, task.reads()).stream().filter(Awaiting::hasRule).toList();
  }

  /** What a task itself asks of sources with a rule; null if it takes them as they are. */
  private @Nullable String until(Task task) {
    Instant until =
        task.match(
            Task.BuildTrainingSet::asOf,
            view -> earlier(view.interval().end(), end),
            latest -> null,
            score -> null);
    return until == null ? null : until.toString();
  }

  private static Instant earlier(Instant one, @Nullable Instant other) {
    return other == null || one.isBefore(other) ? one : other;
  }

  /** One for each source and time, whatever number of tasks need it. */
  private List<ScheduledTask> awaits(List<Task> tasks, Function<Task, @Nullable String> until) {
    Map<String, ScheduledTask> awaits = new TreeMap<>();
    for (Task task : tasks) {
      String time = until.apply(task);
      if (time != null) {
        awaited(task).forEach(source -> awaits.put(awaitId(source, time), await(source, time)));
      }
    }
    return new ArrayList<>(awaits.values());
  }

  private List<String> awaitIds(Task task, @Nullable String until) {
    return until == null
        ? List.of()
        : awaited(task).stream().map(source -> awaitId(source, until)).toList();
  }

  private static String awaitId(Source source, String until) {
    return until.equals(END) ? "await/" + source.id() : "await/" + source.id() + "/" + until;
  }

  private ScheduledTask await(Source source, String until) {
    return new ScheduledTask(
        awaitId(source, until),
        ScheduledTask.Kind.AWAIT,
        source,
        List.of("await", source.id(), "--until", until),
        null,
        List.of(),
        List.of(input(source)),
        List.of(),
        null);
  }

  private void choose(
      String name, Set<ResourceName> views, Set<ResourceName> sets, Problems problems) {
    List<ResourceName> known =
        Stream.of(graph.views(), graph.trainingSets())
            .flatMap(all -> all.keySet().stream())
            .toList();
    List<ResourceName> meant =
        known.stream()
            .filter(other -> name.equals(other.toString()) || name.equals(other.shortName()))
            .toList();
    meant.forEach(found -> (found.kind() == Kind.FEATURE_VIEW ? views : sets).add(found));
    if (meant.isEmpty()) {
      problems.addNearest(
          null,
          "`%s` is no feature view and no training set of the project, with its variant"
              .formatted(name),
          name,
          known.stream().map(ResourceName::shortName).distinct().toList());
    }
  }

  private Optional<Task> firstTick(ResolvedView view, Problems problems) {
    Materialize ticks = view.view().materialize();
    if (ticks == null) {
      Planner.noTicks(view, problems);
      return Optional.empty();
    }
    Interval first = new Interval(ticks.start(), ticks.start().plus(ticks.every().duration()));
    return Optional.of(
        Task.MaterializeInterval.of(
            view,
            List.of(new DueInterval(first, DueInterval.Reason.MISSING, "")),
            targets(TableNames.of(view.view().ref())),
            null));
  }

  private Task build(ResolvedTrainingSet set) {
    ResolvedTrainingSet read = OfflineViews.in(set, environment.writeTo().get(0));
    return new Task.BuildTrainingSet(read, null, targets(TableNames.of(set.trainingSet().ref())));
  }

  private List<Target> targets(String table) {
    return environment.writeTo().stream().map(provider -> new Target(provider, table)).toList();
  }

  private ScheduledTask everyInterval(Task task) {
    return task.match(
        build -> {
          ResourceName name = build.trainingSet().trainingSet().ref();
          List<String> after =
              Stream.concat(
                      awaitIds(build, END).stream(),
                      build.trainingSet().selections().stream()
                          .filter(ResolvedSelection::materialized)
                          .map(
                              selection ->
                                  "materialize/" + selection.view().view().ref().shortName())
                          .distinct())
                  .toList();
          return scheduled(
              build, build.id(), List.of("build", name.shortName(), "--as-of", END), after);
        },
        view -> {
          String name = view.view().view().ref().shortName();
          return scheduled(
              view,
              "materialize/" + name,
              List.of("materialize", name, "--start", START, "--end", END),
              awaitIds(view, END));
        },
        latest -> {
          throw new IllegalArgumentException(latest.id());
        },
        score -> {
          throw new IllegalArgumentException(score.id());
        });
  }

  private ScheduledTask due(Task task) {
    List<String> arguments =
        task.match(
            build ->
                arguments("build", build.trainingSet().trainingSet().ref(), asOf(build.asOf())),
            view ->
                arguments(
                    "materialize",
                    view.view().view().ref(),
                    List.of(
                        "--start",
                        view.interval().start().toString(),
                        "--end",
                        view.interval().end().toString())),
            latest ->
                arguments(
                    "materialize",
                    latest.view().view().ref(),
                    Stream.concat(Stream.of("--latest"), asOf(latest.asOf()).stream()).toList()),
            score ->
                arguments(
                    "build",
                    score.trainingSet().trainingSet().ref(),
                    Stream.of(
                            List.of("--scoring"),
                            asOf(score.asOf()),
                            score.keys() == null
                                ? List.<String>of()
                                : List.of("--keys", score.keys().location()))
                        .flatMap(List::stream)
                        .toList()));
    return scheduled(task, task.id(), arguments, awaitIds(task, until(task)));
  }

  private static List<String> arguments(String command, ResourceName name, List<String> more) {
    return Stream.concat(Stream.of(command, name.shortName()), more.stream()).toList();
  }

  private static List<String> asOf(@Nullable Instant time) {
    return time == null ? List.of() : List.of("--as-of", time.toString());
  }

  private ScheduledTask scheduled(
      Task task, String id, List<String> arguments, List<String> dependsOn) {
    return task.match(
        build ->
            scheduled(
                task,
                id,
                ScheduledTask.Kind.BUILD,
                build.trainingSet().trainingSet(),
                arguments,
                null,
                dependsOn,
                build.trainingSet().fingerprint()),
        view ->
            scheduled(
                task,
                id,
                ScheduledTask.Kind.MATERIALIZE,
                view.view().view(),
                arguments,
                view.view().view().materialize(),
                dependsOn,
                view.view().fingerprint()),
        latest ->
            scheduled(
                task,
                id,
                ScheduledTask.Kind.LATEST,
                latest.view().view(),
                arguments,
                null,
                dependsOn,
                latest.view().fingerprint()),
        score ->
            scheduled(
                task,
                id,
                ScheduledTask.Kind.SCORE,
                score.trainingSet().trainingSet(),
                arguments,
                null,
                dependsOn,
                score.trainingSet().fingerprint()));
  }

  private ScheduledTask scheduled(
      Task task,
      String id,
      ScheduledTask.Kind kind,
      Resource resource,
      List<String> arguments,
      @Nullable Materialize ticks,
      List<String> dependsOn,
      Fingerprint fingerprint) {
    return new ScheduledTask(
        id,
        kind,
        resource,
        arguments,
        ticks,
        dependsOn,
        inputs(task),
        task.targets().stream().map(target -> Asset.of(resource.id(), target, project)).toList(),
        fingerprint);
  }

  private List<Asset> inputs(Task task) {
    Map<String, Asset> found = new LinkedHashMap<>();
    graph.upstream(task.reads()).stream()
        .flatMap(rows -> rows.match(Stream::<Source>of, transformation -> Stream.empty()))
        .map(this::input)
        .forEach(asset -> found.putIfAbsent(asset.resource(), asset));
    return List.copyOf(found.values());
  }

  /** A view whose offline table is read goes by its own name. */
  private Asset input(Source source) {
    ResourceName name = source.ref();
    return name.kind() == Kind.FEATURE_VIEW
        ? Asset.of(
            source.id(), new Target(environment.writeTo().get(0), TableNames.of(name)), project)
        : Asset.of(source, environment.providers(), project);
  }
}
