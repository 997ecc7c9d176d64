package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * Spark's standalone cluster on this machine: a master and two workers, each a process of its own,
 * and what is submitted to it.
 */
final class Cluster implements AutoCloseable {
  /**
   * Of processes that end before what C2 compiles would pay: it takes nearly half of their time.
   */
  private static final String SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final int WORKERS = 2;

  /** Spark takes two names for two machines; a copy of a slow task runs on another machine. */
  private static final List<String> HOSTS = List.of("127.0.0.1", "localhost");

  private final Path folder;
  private final Path home;
  private final Path gateJar;
  private final String master;
  private final Process masterProcess;
  private final List<Process> workers = new ArrayList<>();
  private int started;

  /**
   * Starts it.
   *
   * @param folder for its logs and what its processes write
   */
  Cluster(Path folder) throws Exception {
    this.folder = Files.createDirectories(folder);
    home = SparkDistribution.home();
    gateJar = gateJar();
    Path conf = Files.createDirectories(folder.resolve("conf"));
    Files.writeString(
        conf.resolve("log4j2.properties"),
        """
        rootLogger.level = warn
        rootLogger.appenderRef.stderr.ref = stderr
        appender.stderr.type = Console
        appender.stderr.name = stderr
        appender.stderr.target = SYSTEM_ERR
        appender.stderr.layout.type = PatternLayout
        appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
        logger.client.name = org.apache.spark.deploy.ClientEndpoint
        logger.client.level = info
        logger.master.name = org.apache.spark.deploy.master.Master
        logger.master.level = info
        """);
    int port = freePort();
    master = "spark://127.0.0.1:" + port;
    masterProcess =
        daemon(
            "master",
            List.of(
                "org.apache.spark.deploy.master.Master",
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(port),
                "--webui-port",
                "0"));
    try {
      await("the master", () -> said("master").contains("New state: ALIVE"));
      for (int worker = 0; worker < WORKERS; worker++) {
        workers.add(worker(worker));
      }
      awaitWorkers(WORKERS);
    } catch (Exception | AssertionError e) {
      close();
      throw e;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  static Path jar() throws IOException {
    try (Stream<Path> files = Files.list(TARGET)) {
      return files
          .filter(file -> file.getFileName().toString().matches("tidemark-[0-9].*\\.jar"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** A user's jar beside ours. */
  private Path gateJar() throws IOException {
    Path jar = folder.resolve("gate.jar");
    Path classes = TARGET.resolve("test-classes");
    Path jobs = classes.resolve("dev/tidemark/jobs");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out);
        Stream<Path> files = Files.list(jobs)) {
      for (Path file : files.filter(Cluster::isGate).toList()) {
        entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        entries.write(Files.readAllBytes(file));
        entries.closeEntry();
      }
    }
    return jar;
  }

  private static boolean isGate(Path file) {
    return file.getFileName().toString().matches("Gate([$].*)?[.]class");
  }

  private Process worker(int worker) throws IOException {
    return daemon(
        "worker" + worker,
        List.of(
            "org.apache.spark.deploy.worker.Worker",
            "--host",
            HOSTS.get(worker),
            "--webui-port",
            "0",
            "--cores",
            "2",
            "--memory",
            "3g",
            "--work-dir",
            work(worker).toString(),
            master));
  }

  private Path work(int worker) {
    return folder.resolve("work" + worker);
  }

  /** Where a worker's executors put their shuffle files. */
  Path localFolder(int worker) {
    return folder.resolve("local" + worker);
  }

  private Process daemon(String name, List<String> arguments) throws IOException {
    ProcessBuilder builder = builder("spark-class", arguments);
    if (name.startsWith("worker")) {
      int worker = Integer.parseInt(name.substring("worker".length()));
      Files.createDirectories(work(worker));
      builder
          .environment()
          .put("SPARK_LOCAL_DIRS", Files.createDirectories(localFolder(worker)).toString());
    }
    builder.environment().put("SPARK_DAEMON_MEMORY", "256m");
    File log = log(name).toFile();
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
        .start();
  }

  private ProcessBuilder builder(String program, List<String> arguments) {
    List<String> command =
        new ArrayList<>(List.of(home.resolve("bin").resolve(program).toString()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    Map<String, String> environment = builder.environment();
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("SPARK_HOME", home.toString());
    environment.put("SPARK_CONF_DIR", folder.resolve("conf").toString());
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    environment.put("SPARK_DAEMON_JAVA_OPTS", SHORT_LIVED);
    // Of a driver in client mode; and of what submits in cluster mode.
    environment.put("SPARK_SUBMIT_OPTS", SHORT_LIVED);
    return builder;
  }

  private Path log(String name) {
    return folder.resolve(name + ".log");
  }

  private String said(String name) throws IOException {
    return Files.exists(log(name)) ? Files.readString(log(name)) : "";
  }

  private void awaitWorkers(int count) {
    await(
        count + " workers",
        () ->
            said("master").lines().filter(l -> l.contains("Registering worker")).count() >= count);
  }

  /** Waits for something that happens soon, and fails if it doesn't. */
  static void await(String what, Callable<Boolean> happened) {
    long last = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
    try {
      while (!happened.call()) {
        assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(last);
        Thread.sleep(20);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(what, e);
    }
  }

  /** Takes a worker's machine away: all of its processes at once. */
  void killWorker(int worker) throws InterruptedException {
    Process process = workers.get(worker);
    List<ProcessHandle> executors = process.descendants().toList();
    process.destroyForcibly();
    executors.forEach(ProcessHandle::destroyForcibly);
    process.waitFor();
  }

  /** Brings it back. */
  void startWorker(int worker) throws IOException {
    int before = (int) said("master").lines().filter(l -> l.contains("Registering worker")).count();
    workers.set(worker, worker(worker));
    awaitWorkers(before + 1);
  }

  /** The driver that runs on a worker, in cluster mode; the only one there. */
  ProcessHandle driver() {
    List<ProcessHandle> found = new ArrayList<>();
    await(
        "a driver on a worker",
        () -> {
          workers.stream()
              .flatMap(Process::descendants)
              .filter(process -> process.info().commandLine().orElse("").contains("DriverWrapper"))
              .forEach(found::add);
          return !found.isEmpty();
        });
    return found.get(0);
  }

  /** Has the master end a driver, which is SIGTERM. */
  void kill(Run run) {
    String id = run.driverId();
    List<String> command =
        builder("spark-class", List.of("org.apache.spark.deploy.Client", "kill", master, id))
            .command();
    Subprocess.run(
            folder,
            Map.of(
                "JAVA_HOME",
                System.getProperty("java.home"),
                "SPARK_HOME",
                home.toString(),
                "SPARK_CONF_DIR",
                folder.resolve("conf").toString()),
            command)
        .exits(0);
  }

  /** Submits a command with {@code spark-submit}, and what it is told besides. */
  Run submit(Path project, String command, String... options) throws IOException {
    Path own = Files.createDirectories(folder.resolve("run" + ++started));
    Path gate = Files.createDirectories(own.resolve("gate"));
    Path events = Files.createDirectories(own.resolve("events"));
    List<String> arguments = new ArrayList<>(List.of("--master", master));
    for (String setting :
        List.of(
            "spark.executor.cores=1",
            "spark.executor.memory=640m",
            "spark.driver.memory=640m",
            "spark.cores.max=2",
            "spark.sql.shuffle.partitions=2",
            "spark.ui.enabled=false",
            "spark.driver.extraJavaOptions=" + SHORT_LIVED,
            "spark.executor.extraJavaOptions=" + SHORT_LIVED,
            "spark.standalone.submit.waitAppCompletion=true",
            "spark.eventLog.enabled=true",
            "spark.eventLog.compress=false",
            "spark.eventLog.rolling.enabled=false",
            "spark.eventLog.dir=" + events.toUri(),
            Gate.SETTING + "=" + gate)) {
      arguments.addAll(List.of("--conf", setting));
    }
    arguments.addAll(List.of("--jars", gateJar.toString()));
    arguments.addAll(List.of(options));
    arguments.addAll(List.of("--class", "dev.tidemark.jobs.Main", jar().toString()));
    arguments.addAll(List.of(command.split(" ", -1)));
    Path summary = own.resolve("summary.json");
    arguments.addAll(
        List.of("--project", project.toString(), "--summary", summary.toUri().toString()));
    Path out = own.resolve("out.txt");
    Path err = own.resolve("err.txt");
    Process process =
        builder("spark-submit", arguments)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    return new Run(process, gate, events, summary, out, err);
  }

  /** Runs one of the documentation's scripts, on a machine whose Spark has some defaults. */
  Subprocess script(Path script, List<String> arguments) throws IOException {
    Path conf = Files.createDirectories(folder.resolve("script-conf"));
    Files.copy(
        folder.resolve("conf/log4j2.properties"),
        conf.resolve("log4j2.properties"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(
        conf.resolve("spark-defaults.conf"),
        """
        spark.jars %s
        spark.executor.cores 1
        spark.executor.memory 640m
        spark.driver.memory 640m
        spark.cores.max 2
        spark.driver.extraJavaOptions %s
        spark.executor.extraJavaOptions %s
        """
            .formatted(gateJar, SHORT_LIVED, SHORT_LIVED));
    List<String> command = new ArrayList<>(List.of("sh", script.toString()));
    command.addAll(arguments);
    return Subprocess.run(
        folder,
        Map.of(
            "PATH",
            home.resolve("bin") + File.pathSeparator + System.getenv("PATH"),
            "JAVA_HOME",
            System.getProperty("java.home"),
            "SPARK_HOME",
            home.toString(),
            "SPARK_CONF_DIR",
            conf.toString(),
            "SPARK_LOCAL_IP",
            "127.0.0.1",
            "MASTER",
            master,
            "JAR",
            jar().toString()),
        command);
  }

  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>();
    for (Process worker : workers) {
      worker.descendants().forEach(all::add);
      all.add(worker.toHandle());
    }
    all.add(masterProcess.toHandle());
    all.forEach(ProcessHandle::destroyForcibly);
  }

  /**
   * A command that was submitted.
   *
   * @param gate the folder of its {@link Gate}
   * @param events the folder of what Spark tells of its stages and tasks
   */
  record Run(Process process, Path gate, Path events, Path summary, Path out, Path err) {

    /** Waits until so many of its tasks wait, and tells the processes that they are in. */
    List<Long> held(int tasks) {
      await(
          tasks + " tasks at the gate",
          () -> {
            assertThat(process.isAlive()).as("it runs still%n%s", told()).isTrue();
            return holders().size() >= tasks;
          });
      return holders();
    }

    /** The processes of the tasks that wait or waited. */
    List<Long> holders() {
      try (Stream<Path> files = Files.list(gate)) {
        return files
            .map(file -> file.getFileName().toString())
            .filter(name -> name.startsWith("held-"))
            .sorted()
            .map(name -> Long.valueOf(name.split("-", -1)[1]))
            .toList();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Run tell(String sign) throws IOException {
      Files.writeString(gate.resolve(sign), "");
      return this;
    }

    /**
     * Waits for the end and fails with everything that was printed unless the code is the one
     * given.
     */
    Run exits(int... codes) {
      assertThat(codes).as("exit code%n%s", told()).contains(code());
      return this;
    }

    int code() {
      try {
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("it ends%n%s", told()).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      } finally {
        process.destroyForcibly();
      }
      return process.exitValue();
    }

    private String told() {
      try {
        return "stdout:\n%s\nstderr:\n%s".formatted(Files.readString(out), Files.readString(err));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** What {@code --summary} wrote: in cluster mode all that the submitter gets. */
    com.fasterxml.jackson.databind.JsonNode json() throws IOException {
      assertThat(summary).as(told()).exists();
      return Cli.parse(Files.readString(summary));
    }

    /** The last line of stdout. */
    com.fasterxml.jackson.databind.JsonNode last() throws IOException {
      return Cli.parse(Files.readAllLines(out).stream().reduce("", (a, b) -> b));
    }

    String complained() throws IOException {
      return Files.readString(err);
    }

    private String driverId() {
      String said = "Driver successfully submitted as ";
      await("the driver's id", () -> complained().contains(said));
      try {
        return complained()
            .lines()
            .filter(line -> line.contains(said))
            .map(line -> line.substring(line.indexOf(said) + said.length()).strip())
            .findFirst()
            .orElseThrow();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** How many of Spark's events, one a line, have all of these in them. */
    long events(String... parts) throws IOException {
      try (Stream<Path> files = Files.list(events)) {
        long count = 0;
        for (Path file : files.toList()) {
          count +=
              Files.readAllLines(file).stream()
                  .filter(line -> Stream.of(parts).allMatch(line::contains))
                  .count();
        }
        return count;
      }
    }
  }
}
