package dev.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mvnw}, with a distribution that only says what it was asked. */
class MavenWrapperTest {
  @TempDir Path folder;

  private Path archive = Path.of("");

  @BeforeEach
  void copyWrapper() throws IOException, NoSuchAlgorithmException {
    Files.copy(Subprocess.root().resolve("mvnw"), folder.resolve("mvnw"));
    archive = folder.resolve("mirror/maven.zip");
    Files.createDirectories(folder.resolve("mirror"));
    try (OutputStream out = Files.newOutputStream(archive);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("apache-maven-3.9.11/bin/mvn"));
      zip.write("#!/bin/sh\necho \"fetched mvn: $*\"\n".getBytes(StandardCharsets.UTF_8));
      zip.closeEntry();
    }
    byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(archive));
    properties(HexFormat.of().formatHex(sha256));
  }

  private void properties(String sha256) throws IOException {
    Path file = folder.resolve(".mvn/wrapper/maven-wrapper.properties");
    Files.createDirectories(folder.resolve(".mvn/wrapper"));
    Files.writeString(
        file,
        "distributionUrl=https://example.org/apache-maven-3.9.11-bin.zip\ndistributionSha256Sum="
            + sha256
            + "\n");
  }

  private Subprocess mvnw(Map<String, String> more) {
    Map<String, String> environment = new HashMap<>();
    environment.put("MAVEN_USER_HOME", folder.resolve("home").toString());
    environment.put("MVNW_DISTRIBUTION_URL", archive.toUri().toString());
    environment.putAll(more);
    return Subprocess.run(folder, environment, List.of("./mvnw", "verify", "-q"));
  }

  @Test
  void without_an_installed_maven_it_fetches_checks_and_keeps_one() throws IOException {
    Map<String, String> never = Map.of("MVNW_INSTALLED", "never");
    Subprocess first = mvnw(never).exits(0);
    assertThat(first.out()).isEqualTo("fetched mvn: verify -q\n");
    assertThat(first.err()).startsWith("mvnw: fetching ");
    Files.delete(archive);
    Subprocess second = mvnw(never).exits(0);
    assertThat(second.out()).isEqualTo("fetched mvn: verify -q\n");
    assertThat(second.err()).isEmpty();
  }

  @Test
  void an_archive_with_another_hash_is_not_used() throws IOException {
    properties("0".repeat(64));
    Subprocess refused = mvnw(Map.of("MVNW_INSTALLED", "never")).exits(1);
    assertThat(refused.err()).contains("nothing was installed");
    try (Stream<Path> left = Files.walk(folder.resolve("home"))) {
      assertThat(left.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void an_installed_maven_is_used_from_3_8_7_on() throws IOException {
    for (Map.Entry<String, Boolean> version :
        Map.of("3.8.7", true, "3.10.0", true, "3.8.6", false, "3.6.9", false, "4.0.0", false)
            .entrySet()) {
      Path bin = Files.createDirectories(folder.resolve("installed-" + version.getKey()));
      Path mvn = bin.resolve("mvn");
      Files.writeString(
          mvn,
          """
          #!/bin/sh
          if [ "$1" = --version ]; then echo "Apache Maven %s (x)"; else echo "installed mvn: $*"; fi
          """
              .formatted(version.getKey()));
      assertThat(mvn.toFile().setExecutable(true)).isTrue();
      Subprocess run = mvnw(Map.of("PATH", bin + ":" + System.getenv("PATH"))).exits(0);
      assertThat(run.out())
          .as(version.getKey())
          .isEqualTo((version.getValue() ? "installed" : "fetched") + " mvn: verify -q\n");
    }
  }
}
