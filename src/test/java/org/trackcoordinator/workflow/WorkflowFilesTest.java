package org.trackcoordinator.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.InstanceOfAssertFactories.list;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as they lie on disks. */
@Tag("track-coordination")
class WorkflowFilesTest {

  private static final String GOOD = "workflow: w\ntracks: { a: }\n";

  @TempDir Path folder;

  @Test
  void findsTheWorkflowFilesOfAFolderByName() throws IOException {
    for (String name :
        new String[] {"b.yml", "a.yaml", "c.JSON", "d.txt", ".hidden.yaml", "e.yaml~"}) {
      Files.writeString(folder.resolve(name), GOOD);
    }
    Files.createDirectory(folder.resolve("sub.yaml"));

    assertThat(WorkflowFiles.find(folder))
        .extracting(file -> file.getFileName().toString())
        .containsExactly("a.yaml", "b.yml", "c.JSON");
    assertThat(WorkflowFiles.find(folder.resolve("d.txt")))
        .containsExactly(folder.resolve("d.txt"));
  }

  @Test
  void saysWhatIsMissing() {
    Path missing = folder.resolve("missing.yaml");

    assertRefused(() -> WorkflowFiles.find(missing), missing + ": no such file or folder");
    assertRefused(() -> WorkflowFiles.read(missing), missing + ": no such file");
    assertRefused(() -> WorkflowFiles.read(folder), folder + ": cannot be read: Is a directory");
  }

  @Test
  void acceptsAByteOrderMarkAndWindowsLineEnds() throws IOException {
    Path file = folder.resolve("w.yaml");
    Files.writeString(file, "\uFEFF" + GOOD.replace("\n", "\r\n"));

    assertThat(WorkflowFiles.read(file)).isEqualTo(WorkflowFiles.parse("w", GOOD));

    Files.writeString(file, "\uFEFFworkflow: _w\r\ntracks: { a: }\r\ndeadline: soon\r\n");
    assertThat(catchThrowableOfType(InvalidWorkflowException.class, () -> WorkflowFiles.read(file)))
        .extracting(InvalidWorkflowException::problems, list(Problem.class))
        .extracting(Problem::line, Problem::column)
        .containsExactly(tuple(1, 11), tuple(3, 11));
  }

  @Test
  void refusesWhatIsNotUtf8() throws IOException {
    Path file = folder.resolve("w.yaml");
    Files.write(file, "workflow: w\ndescription: é".getBytes(StandardCharsets.ISO_8859_1));
    assertRefused(
        () -> WorkflowFiles.read(file),
        file + ":2:14: not UTF-8 at the byte 0xE9; save it as UTF-8");

    Files.write(file, GOOD.getBytes(StandardCharsets.UTF_16));
    assertRefused(
        () -> WorkflowFiles.read(file),
        file + ":1:1: not UTF-8 at the byte 0xFE; save it as UTF-8");

    byte[] cut = "workflow: 請".getBytes(StandardCharsets.UTF_8);
    Files.write(file, Arrays.copyOf(cut, cut.length - 1));
    assertRefused(
        () -> WorkflowFiles.read(file),
        file + ":1:11: not UTF-8 at the byte 0xE8; save it as UTF-8");
  }

  @Test
  void refusesElevenMegabytes() throws IOException {
    Path file = folder.resolve("w.yaml");
    Files.write(file, new byte[11 * 1024 * 1024]);

    assertRefused(
        () -> WorkflowFiles.read(file),
        file + ": larger than 10 MB; a workflow file is a map, not data");
  }

  @Test
  void readsNineMegabytesInOneLine() throws IOException {
    Path file = folder.resolve("w.yaml");
    Files.writeString(file, GOOD + "#" + " padding".repeat(9 * 1024 * 1024 / 8));

    Definition read = CpuTime.atMost(Duration.ofSeconds(3), () -> WorkflowFiles.read(file));
    assertThat(read.workflow()).isEqualTo("w");
  }

  @Test
  void readsAllFilesAndTellsTheProblemsOfAll() throws IOException {
    Path a = Files.writeString(folder.resolve("a.yaml"), GOOD);
    assertThat(WorkflowFiles.readAll(folder))
        .extracting(Definition::source)
        .containsExactly(a.toString());

    Path b = Files.writeString(folder.resolve("b.yaml"), "workflow: b\n");
    Path c = Files.writeString(folder.resolve("c.yaml"), GOOD);
    Path d = Files.writeString(folder.resolve("d.yaml"), "");

    assertRefused(
        () -> WorkflowFiles.readAll(folder),
        String.join(
            "\n",
            b + ":1:1: the key 'tracks' is missing; name at least one track",
            c + ": workflow: 'w' is defined in " + a + " already; rename one",
            d + ":1:1: the file is empty; begin with workflow: <name>"));
  }

  @Test
  void anEmptyFolderHasNone() {
    assertThat(WorkflowFiles.readAll(folder)).isEmpty();
  }

  @Test
  void tabsMayIndentJsonOnly() {
    String json = "{\n\t\"workflow\": \"w\",\n\t\"tracks\": {\"a\": {}}\n}\n";
    assertThat(WorkflowFiles.parse("w.json", json)).isEqualTo(WorkflowFiles.parse("w", GOOD));

    assertThatThrownBy(() -> WorkflowFiles.parse("w.yaml", "workflow: w\ntracks:\n\ta:\n"))
        .hasMessageStartingWith("w.yaml:3:1: not readable as YAML or JSON");
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThat(catchThrowableOfType(InvalidWorkflowException.class, call)).hasMessage(message);
  }
}
