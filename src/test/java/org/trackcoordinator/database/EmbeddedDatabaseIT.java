package org.trackcoordinator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.testing.ChildJvm;

/** The embedded PostgreSQL: durable, found again, shared, and stopped only by who started it. */
@Tag("processing-logs")
class EmbeddedDatabaseIT {

  @TempDir Path directory;

  @AfterEach
  void stopWhatIsLeft() throws Exception {
    if (PostmasterFile.read(folder()).isPresent()) {
      stop("-INT");
    }
  }

  @Test
  void keepsWhatWasCommittedWithDurabilityOn() throws Exception {
    try (EmbeddedDatabase first = EmbeddedDatabase.in(folder())) {
      DataSource source = source(first);
      assertThat(Query.value(source, "show fsync")).isEqualTo("on");
      assertThat(Query.value(source, "show synchronous_commit")).isEqualTo("on");
      assertThat(Query.value(source, "show full_page_writes")).isEqualTo("on");
      assertThat(first.port()).isLessThan(32768);
      Query.execute(source, "create table kept as select 'yes' as answer");
    }
    assertThat(PostmasterFile.read(folder())).isEmpty();
    try (EmbeddedDatabase second = EmbeddedDatabase.in(folder())) {
      assertThat(Query.value(source(second), "select answer from kept")).isEqualTo("yes");
    }
  }

  @Test
  void aTemporaryOneLeavesNothingAndWaitsForNoDisk() throws Exception {
    Path folder;
    try (EmbeddedDatabase database = EmbeddedDatabase.temporary()) {
      folder = database.folder();
      assertThat(Query.value(source(database), "show fsync")).isEqualTo("off");
    }
    assertThat(folder.getParent()).doesNotExist();
  }

  @Test
  void connectsToALiveServerAndLeavesItRunning() throws Exception {
    try (EmbeddedDatabase owner = EmbeddedDatabase.in(folder())) {
      try (EmbeddedDatabase guest = EmbeddedDatabase.in(folder())) {
        assertThat(guest.startedHere()).isFalse();
        assertThat(guest.port()).isEqualTo(owner.port());
        assertThat(Query.value(source(guest), "select 1")).isEqualTo("1");
      }
      assertThat(Query.value(source(owner), "select 2")).isEqualTo("2");
    }
    assertThat(PostmasterFile.read(folder())).isEmpty();
  }

  @Test
  void ofTwoThatBeginAtOnceOneStartsTheServer() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<EmbeddedDatabase> one = threads.submit(() -> EmbeddedDatabase.in(folder()));
      Future<EmbeddedDatabase> other = threads.submit(() -> EmbeddedDatabase.in(folder()));
      try (EmbeddedDatabase first = one.get();
          EmbeddedDatabase second = other.get()) {
        assertThat(first.startedHere()).isNotEqualTo(second.startedHere());
        assertThat(first.port()).isEqualTo(second.port());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void twoProcessesThatBeginAtOnceShareOneServer() throws Exception {
    List<Process> processes = List.of(otherProcess(), otherProcess());
    List<String> answers = processes.stream().map(EmbeddedDatabaseIT::firstLine).toList();
    assertThat(answers)
        .as("one started it, one found it, on one port")
        .satisfiesOnlyOnce(line -> assertThat(line).startsWith("started "))
        .satisfiesOnlyOnce(line -> assertThat(line).startsWith("found "));
    assertThat(answers).extracting(line -> line.split(" ")[1]).containsOnly(port().toString());
    for (Process process : processes) {
      process.destroy();
      assertThat(process.waitFor()).isEqualTo(143);
    }
    assertThat(PostmasterFile.read(folder())).as("SIGTERM stopped the server").isEmpty();
  }

  @Test
  void adoptsAServerWhoseOwnerWasKilled() throws Exception {
    Process owner = otherProcess();
    assertThat(firstLine(owner)).startsWith("started ");
    owner.destroyForcibly().waitFor();
    Integer port = port();
    try (EmbeddedDatabase adopted = EmbeddedDatabase.in(folder())) {
      assertThat(adopted.startedHere()).isFalse();
      assertThat(adopted.port()).isEqualTo(port);
      assertThat(Query.value(source(adopted), "select 1")).isEqualTo("1");
    }
    assertThat(PostmasterFile.read(folder())).as("it is left running").isPresent();
  }

  @Test
  void recoversWhenTheServerWasKilled() throws Exception {
    try (EmbeddedDatabase killed = EmbeddedDatabase.in(folder());
        Connection open = source(killed).getConnection()) {
      Query.execute(source(killed), "create table kept as select 'yes' as answer");
      assertThat(open.isValid(5)).isTrue();
      stop("-KILL");
      assertThat(PostmasterFile.read(folder())).as("the stale file").isPresent();
      try (EmbeddedDatabase again = EmbeddedDatabase.in(folder())) {
        assertThat(again.startedHere()).isTrue();
        assertThat(Query.value(source(again), "select answer from kept")).isEqualTo("yes");
      }
    }
  }

  @Test
  void ignoresAStaleFileThatNamesAnotherProgramsProcess() throws Exception {
    EmbeddedDatabase.in(folder()).close();
    Files.writeString(
        PostmasterFile.in(folder()),
        ProcessHandle.current().pid() + "\n" + folder() + "\n1700000000\n20000\n\nlocalhost\n");
    try (EmbeddedDatabase database = EmbeddedDatabase.in(folder())) {
      assertThat(database.startedHere()).isTrue();
    }
  }

  @Test
  void beginsAnewWhenTheFirstStartWasCutOff() throws Exception {
    Files.createDirectories(folder().resolve("base"));
    Files.writeString(folder().resolve("postgresql.conf"), "half written");
    Files.writeString(directory.resolve("postgres.initialising"), "");
    try (EmbeddedDatabase database = EmbeddedDatabase.in(folder())) {
      assertThat(Query.value(source(database), "select 1")).isEqualTo("1");
    }
    assertThat(directory.resolve("postgres.initialising")).doesNotExist();
  }

  @Test
  void tellsTheReasonAtOnceWhenTheServerCannotStart() throws Exception {
    EmbeddedDatabase.in(folder()).close();
    Files.writeString(folder().resolve("PG_VERSION"), "14\n");
    long begin = System.nanoTime();
    assertThatThrownBy(() -> EmbeddedDatabase.in(folder()))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("The embedded PostgreSQL in " + folder() + " did not start")
        .hasMessageContaining("FATAL:  database files are incompatible with server")
        .hasMessageContaining("initialized by PostgreSQL version 14")
        .hasMessageContaining("TRACKS_DATABASE_URL");
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void neverTouchesAFolderThatHoldsSomethingElse() throws Exception {
    Files.createDirectories(folder());
    Files.writeString(folder().resolve("letter.txt"), "Dear reader");
    assertThatThrownBy(() -> EmbeddedDatabase.in(folder()))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("exists but is not empty");
    assertThat(folder().resolve("letter.txt")).hasContent("Dear reader");
    assertThatThrownBy(() -> EmbeddedDatabase.in(folder()))
        .as("a second try, now that a start has failed")
        .isInstanceOf(DatabaseException.class);
    assertThat(folder().resolve("letter.txt")).hasContent("Dear reader");
  }

  private Path folder() {
    return directory.resolve("postgres");
  }

  private Integer port() {
    return PostmasterFile.read(folder()).orElseThrow().port();
  }

  private Process otherProcess() throws IOException {
    return new ProcessBuilder(
            ChildJvm.command(
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedDatabaseProcess.class.getName(),
                folder().toString()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static String firstLine(Process process) {
    try {
      return String.valueOf(process.inputReader().readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void stop(String signal) throws Exception {
    PostmasterFile server = PostmasterFile.read(folder()).orElseThrow();
    new ProcessBuilder("kill", signal, Long.toString(server.pid())).start().waitFor();
    await().atMost(Duration.ofSeconds(20)).until(() -> !server.alive());
  }

  private static DataSource source(EmbeddedDatabase database) {
    return new DataSources(database.url(), java.util.Optional.empty(), java.util.Optional.empty())
        .plain();
  }
}
