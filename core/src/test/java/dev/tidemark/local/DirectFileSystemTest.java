package dev.tidemark.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Does what Hadoop's own does. */
class DirectFileSystemTest {
  private static final URI LOCAL = URI.create("file:///");

  @TempDir Path folder;

  private static FileSystem direct() throws IOException {
    FileSystem files = new DirectFileSystem();
    files.initialize(LOCAL, new Configuration());
    return files;
  }

  private static FileSystem hadoops() throws IOException {
    FileSystem files = new LocalFileSystem();
    files.initialize(LOCAL, new Configuration());
    return files;
  }

  private static FileContext context() throws IOException {
    Configuration configuration = new Configuration();
    DirectFileSystem.SETTINGS.forEach(
        (name, value) -> configuration.set(name.replace("spark.hadoop.", ""), value));
    return FileContext.getFileContext(LOCAL, configuration);
  }

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toUri());
  }

  private String permissions(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name)));
  }

  private void write(FileSystem files, String name) throws IOException {
    try (FSDataOutputStream out =
        FileSystem.create(files, path(name), new FsPermission((short) 0640))) {
      out.write(name.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void a_file_has_the_permissions_and_the_checksum_that_hadoop_gives_it() throws IOException {
    write(direct(), "direct");
    write(hadoops(), "direct.hadoops");
    assertThat(permissions("direct"))
        .isEqualTo(permissions("direct.hadoops"))
        .isEqualTo("rw-r-----");
    try (FSDataOutputStream one = direct().create(path("one"));
        FSDataOutputStream other = hadoops().create(path("other"))) {
      one.writeUTF("the same");
      other.writeUTF("the same");
    }
    assertThat(permissions("one")).isEqualTo(permissions("other"));
    assertThat(permissions(".one.crc")).isEqualTo(permissions(".other.crc"));
    assertThat(folder.resolve(".one.crc")).hasSameBinaryContentAs(folder.resolve(".other.crc"));
  }

  @Test
  void folders_and_the_sticky_bit_are_as_hadoops() throws IOException {
    direct().mkdirs(path("a/b"));
    hadoops().mkdirs(path("c/d"));
    assertThat(permissions("a/b")).isEqualTo(permissions("c/d"));
    direct().setPermission(path("a"), new FsPermission((short) 01777));
    assertThat(hadoops().getFileStatus(path("a")).getPermission().getStickyBit()).isTrue();
    assertThatThrownBy(() -> direct().setPermission(path("z"), new FsPermission((short) 0600)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void a_rename_that_must_not_replace_does_not() throws IOException {
    FileContext files = context();
    assertThat(files.getDefaultFileSystem()).isInstanceOf(DirectFs.class);
    for (String name : new String[] {"from", "there"}) {
      try (FSDataOutputStream out =
          files.create(
              path(name),
              EnumSet.of(CreateFlag.CREATE),
              Options.CreateOpts.perms(new FsPermission((short) 0600)))) {
        out.writeUTF(name);
      }
    }
    assertThat(permissions("from")).isEqualTo("rw-------");
    assertThatThrownBy(() -> files.rename(path("from"), path("there")))
        .isInstanceOf(org.apache.hadoop.fs.FileAlreadyExistsException.class);
    files.rename(path("from"), path("to"));
    assertThat(folder.resolve("from")).doesNotExist();
    assertThat(folder.resolve(".to.crc")).exists();
    assertThatThrownBy(() -> files.getFileLinkStatus(path("from")))
        .isInstanceOf(FileNotFoundException.class);
  }

  @Test
  void a_link_is_told_from_what_it_leads_to() throws IOException {
    write(direct(), "file");
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("file"));
    assertThat(direct().getFileLinkStatus(path("file")).isSymlink()).isFalse();
    assertThat(direct().getFileLinkStatus(path("link")).isSymlink())
        .isEqualTo(hadoops().getFileLinkStatus(path("link")).isSymlink());
    assertThat(direct().getFileStatus(path("link")).getLen()).isEqualTo(4);
  }
}
