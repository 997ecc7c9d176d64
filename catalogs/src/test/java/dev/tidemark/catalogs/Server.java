package dev.tidemark.catalogs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A server in a process of its own, on this machine only; ends when it is closed. What it says is
 * in {@code target/servers/NAME.log}.
 */
final class Server implements AutoCloseable {
  private static final Path SERVERS = Path.of("target", "servers");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final int port;

  private Server(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  int port() {
    return port;
  }

  /** A Hive metastore over an embedded Derby. */
  static Server hiveMetastore(Path folder) {
    int port = freePort();
    return start(
        "hive-metastore",
        port,
        Map.of(),
        java(
            classPath(jar -> true),
            "-Dhive.async.log.enabled=false",
            "-Dhive.log.dir=" + folder,
            "-Dderby.stream.error.file=" + folder.resolve("derby.log"),
            "-Djavax.jdo.option.ConnectionURL=jdbc:derby:%s;create=true"
                .formatted(folder.resolve("metastore_db")),
            "-Dhive.metastore.warehouse.dir=" + folder.resolve("hive"),
            "-Dhive.metastore.schema.verification=false",
            "-Ddatanucleus.schema.autoCreateAll=true",
            "-Ddatanucleus.connectionPoolingType=HikariCP",
            HiveMetastoreProcess.class.getName(),
            "-p",
            String.valueOf(port)));
  }

  /** Iceberg's own REST catalog server, over SQLite. */
  static Server restCatalog(Path folder) {
    int port = freePort();
    return start(
        "rest-catalog",
        port,
        Map.of(
            "CATALOG_REST_PORT",
            String.valueOf(port),
            "CATALOG_URI",
            "jdbc:sqlite:" + folder.resolve("rest.db"),
            "CATALOG_WAREHOUSE",
            folder.resolve("rest-warehouse").toString()),
        java(
            SERVERS.resolve("rest").toAbsolutePath()
                + "/*:"
                + classPath(
                    jar ->
                        !jar.contains("iceberg")
                            && !jar.contains("tidemark")
                            && !jar.contains("servlet-api")),
            "org.apache.iceberg.rest.RESTCatalogServer"));
  }

  /** An object store that speaks S3, with one bucket. */
  static Server objectStore(Path folder, String bucket) {
    int port = freePort();
    return start(
        "object-store",
        port,
        Map.of(),
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-jar",
            only(SERVERS.resolve("s3")).toString(),
            "--server.port=0",
            "--server.address=127.0.0.1",
            "--http.port=" + port,
            "--com.adobe.testing.s3mock.store.root=" + folder,
            "--com.adobe.testing.s3mock.store.initial-buckets=" + bucket));
  }

  private static Server start(
      String name, int port, Map<String, String> variables, List<String> command) {
    try {
      Path log = SERVERS.resolve(name + ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
      builder.environment().putAll(variables);
      Server server = new Server(builder.start(), port);
      server.await(log);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void await(Path log) throws IOException {
    Instant end = Instant.now().plus(PATIENCE);
    while (!answers()) {
      if (!process.isAlive() || Instant.now().isAfter(end)) {
        close();
        throw new AssertionError("no server; it said:\n" + Files.readString(log));
      }
      pause();
    }
  }

  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static List<String> java(String classPath, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx384m");
    command.add("-cp");
    command.add(classPath);
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  private static String classPath(java.util.function.Predicate<String> wanted) {
    return Arrays.stream(System.getProperty("java.class.path").split(":", -1))
        .filter(wanted)
        .collect(Collectors.joining(":"));
  }

  private static Path only(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findFirst().orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
