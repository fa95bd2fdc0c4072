package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.trackcoordinator.reload.EditedFolder.soon;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Route;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/** When a folder is looked at, and which files are taken for saved. */
@Tag("track-coordination")
class WatchedFolderTest {

  private static final String FILE = "tracks/a.camel.yaml";
  private static final String PAIR = "workflow: pair\ntracks:\n  gmail: {}\n";

  /** With the times of the program. */
  @RegisterExtension final BareFolder folder = new BareFolder(Duration.ofMillis(150));

  @TempDir private Path elsewhere;

  /** How long it may take at the most: what it asks to wait for, whatever the machine does. */
  @Test
  void fromSavingToLiveItWaitsForLessThanASecond() throws Exception {
    Pauses pauses = new Pauses();
    folder.watching(pauses).write(FILE, route("before"));
    folder.start();
    soon("nothing is to be done").until(() -> pauses.asked.contains(500L));
    Route a = folder.route("a");
    pauses.asked.clear();
    folder.edit(FILE, "before", "after");
    folder.awaitReplaced(a);
    List<Long> asked = List.copyOf(pauses.asked);
    assertThat(asked.stream().mapToLong(Long::longValue).sum()).as("%s", asked).isLessThan(1_000);
  }

  @Test
  void theSystemTellsOfSavedFiles() throws Exception {
    try (FolderWatch watch = new FolderWatch()) {
      watch.watch(Set.of(elsewhere));
      Thread waiting = new Thread(() -> sleepFor(watch, Duration.ofMinutes(10)));
      waiting.start();
      soon("it waits").until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
      Files.writeString(elsewhere.resolve("a.yaml"), "x");
      soon("it is told").until(() -> !waiting.isAlive());
    }
  }

  /** The system tells nothing of what a link leads to. */
  @Test
  void whatTheSystemDoesNotTellIsFoundAllTheSame() throws Exception {
    Path file = Files.writeString(elsewhere.resolve("a.yaml"), route("before"));
    Files.createDirectories(folder.path("tracks"));
    Files.createSymbolicLink(folder.path(FILE), file);
    folder.start();
    Route a = folder.route("a");
    Files.writeString(file, route("after"));
    folder.awaitReplaced(a);
  }

  @Test
  void aHalfWrittenFileIsNeitherLiveNorReported() throws Exception {
    folder.write(FILE, route("before"));
    folder.start();
    Route a = folder.route("a");
    byte[] text = route("after").getBytes(StandardCharsets.UTF_8);
    try (OutputStream out =
        Files.newOutputStream(
            folder.path(FILE), StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
      await().during(Duration.ofMillis(300)).until(() -> folder.route("a") == a);
      out.write(text, 0, text.length / 2);
      out.flush();
      await().during(Duration.ofMillis(300)).until(() -> folder.route("a") == a);
      out.write(text, text.length / 2, text.length - text.length / 2);
    }
    folder.awaitReplaced(a);
    assertThat(folder.log("WARN .*")).isEmpty();
    assertThat(folder.health().getMessage()).isEmpty();
  }

  /** What there is of it would be in order. */
  @Test
  void aFileThatEndsInTheMiddleOfALineIsNotTakenYet() throws Exception {
    String text =
        """
        - route:
            id: a
            from:
              uri: direct:a
              steps:
                - setBody:
                    simple: before
        """;
    Pauses pauses = new Pauses();
    folder.watching(pauses).write(FILE, text);
    folder.start();
    soon("nothing is to be done").until(() -> pauses.asked.contains(500L));
    Route a = folder.route("a");
    folder.write(FILE, text.replace("before\n", "aft"));
    await().during(Duration.ofMillis(400)).until(() -> folder.route("a") == a);
    folder.write(FILE, text.replace("before", "after"));
    folder.awaitReplaced(a);
  }

  @Test
  void aFileThatCouldNotBeReadIsReadAgain() throws Exception {
    UnreadableFiles unreadable = new UnreadableFiles();
    folder.reading(unreadable).write(FILE, route("before"));
    folder.start();
    Route a = folder.route("a");
    unreadable.name = "a.camel.yaml";
    folder.edit(FILE, "before", "after");
    assertThat(folder.awaitRefused(FILE)).contains("can't be read").contains("disk is away");
    assertThat(folder.route("a")).isSameAs(a);
    unreadable.name = "";
    folder.awaitReplaced(a);
    folder.awaitNothingRefused();
  }

  /** The link is all that changes. */
  @Test
  void foldersAreSwappedAsKubernetesDoes() throws Exception {
    Path first = Files.createDirectories(folder.path("tracks/..2026_01"));
    Path second = Files.createDirectories(folder.path("tracks/..2026_02"));
    Files.writeString(first.resolve("a.camel.yaml"), route("before"));
    Files.writeString(second.resolve("a.camel.yaml"), route("after"));
    Files.createSymbolicLink(folder.path("tracks/..data"), Path.of("..2026_01"));
    Files.createSymbolicLink(folder.path(FILE), Path.of("..data", "a.camel.yaml"));
    folder.start();
    Route a = folder.route("a");
    Files.createSymbolicLink(folder.path("tracks/..data_tmp"), Path.of("..2026_02"));
    Files.move(
        folder.path("tracks/..data_tmp"),
        folder.path("tracks/..data"),
        StandardCopyOption.ATOMIC_MOVE);
    folder.awaitReplaced(a);
    assertThat(folder.health().getMessage()).isEmpty();
  }

  @Test
  void aFolderAtRestIsLookedAtTwiceASecondAndNotRead() throws Exception {
    Pauses pauses = new Pauses();
    UnreadableFiles counting = new UnreadableFiles();
    folder.watching(pauses).reading(counting).write(FILE, route("before"));
    folder.start();
    soon("nothing is to be done").until(() -> pauses.asked.contains(500L));
    pauses.asked.clear();
    int reads = counting.reads.get();
    soon("it looks").until(() -> pauses.asked.size() >= 3);
    assertThat(pauses.asked).containsOnly(500L);
    assertThat(counting.reads).hasValue(reads);
  }

  /** A file that Camel takes and an edit would not: what runs of it is not known by its text. */
  @Test
  void aFileThatWasNotInOrderAtTheStartTakesARestart() throws Exception {
    folder.write(FILE, route("before").replace("id: a, ", ""));
    folder.start();
    Map<String, Route> routes = folder.routes();
    folder.write(FILE, route("after"));
    assertThat(folder.awaitRefused(FILE)).contains("restart").contains("has no id");
    assertThat(folder.routes()).isEqualTo(routes);
  }

  @Test
  void aWorkflowThatIsSavedWhileTheProgramStartsIsCurrent() throws Exception {
    Definition read = WorkflowFiles.parse("pair.yaml", PAIR);
    Definition other = WorkflowFiles.parse("o.yaml", PAIR.replace("pair", "other"));
    folder.write("workflows/other.yaml", "# not changed\n" + PAIR.replace("pair", "other"));
    folder.write("workflows/pair.yaml", PAIR + "  drive: {dependsOn: [gmail]}\n");
    folder.write("workflows/new.yaml", PAIR.replace("pair", "new"));
    folder.start(read, other);
    soon("they are current").until(() -> folder.current.size() >= 2);
    assertThat(folder.current)
        .extracting(Definition::workflow)
        .containsExactlyInAnyOrder("new", "pair");
    assertThat(folder.current).doesNotContain(read);
  }

  @Test
  void aWorkflowThatIsSpoiltWhileTheProgramStartsIsRefused() throws Exception {
    folder.write("workflows/pair.yaml", PAIR + "  drive: {dependsOn: [gmial]}\n");
    folder.start(WorkflowFiles.parse("pair.yaml", PAIR));
    assertThat(folder.awaitRefused("pair.yaml")).contains("gmial");
    assertThat(folder.current).isEmpty();
  }

  private static String route(String body) {
    return "- route: {id: a, from: {uri: 'direct:a', steps: [{setBody: {simple: %s}}]}}%n"
        .formatted(body);
  }

  private static void sleepFor(FolderWatch watch, Duration time) {
    try {
      watch.await(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Notes how long it is asked to wait. */
  private static final class Pauses extends FolderWatch {

    private final List<Long> asked = new CopyOnWriteArrayList<>();

    @Override
    void await(long millis) throws InterruptedException {
      asked.add(millis);
      super.await(millis);
    }
  }

  /** One of which can't be read for now. */
  private static final class UnreadableFiles implements FolderFiles.Reader {

    private final AtomicInteger reads = new AtomicInteger();
    private volatile String name = "";

    @Override
    public byte[] read(Path file) throws IOException {
      reads.incrementAndGet();
      if (file.endsWith(name)) {
        throw new IOException("the disk is away");
      }
      return Files.readAllBytes(file);
    }
  }
}
