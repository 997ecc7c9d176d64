package dev.tidemark.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.definition.Kind;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.Provider;
import dev.tidemark.definition.ResourceName;
import dev.tidemark.definition.SourceFile;
import dev.tidemark.plan.FileChanges;
import dev.tidemark.plan.InputFile;
import dev.tidemark.plan.InputSnapshot;
import dev.tidemark.testkit.SparkTest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of files are kept as what they add, and are found again whole. */
@SparkTest
class FileListsTest {
  private final SparkSession session;
  private final Path folder;
  private final FileLists lists;

  FileListsTest(SparkSession session, @TempDir Path folder) {
    this.session = session;
    this.folder = folder;
    Provider registry =
        new Provider(
            "own",
            Provider.TableFormat.DELTA,
            null,
            "registry",
            "x",
            Map.of(),
            new Origin(new SourceFile("env/local.conf", ""), 1, 1, 1));
    this.lists = new FileLists(session, folder, registry);
  }

  private static InputFile file(String name, long bytes) {
    return new InputFile("file:/data/" + name, bytes, Instant.ofEpochMilli(1_709_251_200_123L));
  }

  private static InputSnapshot list(String location, String id) {
    return new InputSnapshot(
        new ResourceName(Kind.SOURCE, "payments", "v1"), location, InputSnapshot.Kind.FILES, id);
  }

  private InputSnapshot keep(String location, String id, List<InputFile> files) {
    InputSnapshot list = list(location, id);
    lists.keep(list, files, "run", "test");
    return list;
  }

  private long rows() {
    return session.read().format("delta").load(table()).count();
  }

  private String table() {
    return folder.resolve("registry/tidemark/input_files").toString();
  }

  @Test
  void a_file_that_comes_is_one_row_more_and_a_list_that_is_known_none() {
    InputFile a = file("a", 1);
    InputFile b = file("b", 2);
    InputFile c = file("c", 3);
    InputSnapshot first = keep("payments", "1", List.of(a, b));
    assertThat(rows()).isEqualTo(2);
    InputSnapshot second = keep("payments", "2", List.of(a, b, c));
    assertThat(rows()).isEqualTo(3);
    keep("payments", "2", List.of(a, b, c));
    keep("payments", "1", List.of(a, b));
    assertThat(rows()).isEqualTo(3);
    assertThat(lists.since(first, List.of(a, b, c))).contains(new FileChanges(List.of(c), false));
    assertThat(lists.since(second, List.of(a, b, c))).contains(new FileChanges(List.of(), false));
    assertThat(lists.since(second, List.of(a, b))).contains(new FileChanges(List.of(), true));
    assertThat(lists.since(first, List.of(a, file("b", 9))))
        .contains(new FileChanges(List.of(file("b", 9)), true));
    assertThat(lists.since(list("payments", "3"), List.of(a))).isEmpty();
  }

  @Test
  void lists_are_told_apart_whatever_was_added_and_taken_away_between() {
    Random random = new Random(5);
    Map<String, List<InputFile>> kept = new TreeMap<>();
    List<InputFile> now = new ArrayList<>(List.of(file("first", 1)));
    for (int i = 0; i < 5; i++) {
      if (random.nextInt(3) == 0 && now.size() > 1) {
        now.remove(random.nextInt(now.size()));
      }
      now.add(file("f" + i, random.nextInt(3)));
      String location = random.nextInt(5) == 0 ? "elsewhere" : "payments";
      keep(location, "list" + i, List.copyOf(now));
      kept.put("list" + i, List.copyOf(now));
    }
    for (Map.Entry<String, List<InputFile>> then : kept.entrySet()) {
      List<InputFile> added = now.stream().filter(file -> !then.getValue().contains(file)).toList();
      FileChanges changes = lists.since(list("payments", then.getKey()), now).orElseThrow();
      assertThat(changes.added()).as(then.getKey()).containsExactlyInAnyOrderElementsOf(added);
      assertThat(changes.taken()).as(then.getKey()).isEqualTo(!now.containsAll(then.getValue()));
    }
  }

  @Test
  void a_list_to_which_two_runs_added_at_once_counts_as_not_kept() {
    InputFile a = file("a", 1);
    InputFile b = file("b", 2);
    keep("payments", "1", List.of(a));
    InputSnapshot second = keep("payments", "2", List.of(a, b));
    // Another run saw the first list last, too, and took the same number.
    session
        .sql(
            "INSERT INTO delta.`%1$s` SELECT 'x', location, chain, number, files, kept_at, 'file:/data/c', bytes, modified FROM delta.`%1$s` WHERE list = '2'"
                .formatted(table()))
        .collectAsList();
    assertThat(lists.since(second, List.of(a, b))).isEmpty();
  }
}
