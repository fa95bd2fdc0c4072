package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.workflow.InvalidWorkflowException;

/** Which files are understood, and which entries they have. */
@Tag("track-coordination")
class SourceReaderTest {

  private final SourceReader reader =
      new SourceReader(Set.of("coordinator", "maintenance", "tracks", "api"));

  /** One that is not could not be edited without a restart. */
  @Test
  void allFilesOfTheProjectAreUnderstood() throws Exception {
    try (Stream<Path> files = Files.walk(Path.of("routes"))) {
      int entries = 0;
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
        String name = Path.of("routes").relativize(file).toString();
        Source source = reader.read(name, name, Files.readString(file));
        entries += source.entries().size();
      }
      assertThat(entries).isGreaterThan(60);
    }
  }

  @Test
  void someEntriesOfAFileKeepTheirLines() throws Exception {
    Path file = Path.of("routes/errors.camel.yaml");
    Source source = reader.read("errors.camel.yaml", "e", Files.readString(file));
    RouteEntry third = source.entries().get(2);
    String only = source.only(Set.of(third));
    Source again = reader.read("errors.camel.yaml", "e", only);
    assertThat(again.entries().stream().map(RouteEntry::id)).containsExactly(third.id());
    assertThat(again.entries().get(0).line()).isEqualTo(third.line());
    assertThat(again.entries().get(0).saysSameAs(third)).isTrue();
  }

  @Test
  void placeAndCommentsMeanNothing() {
    String text = "- route:\n    id: x\n    from: {uri: 'direct:x', steps: [{to: 'mock:x'}]}\n";
    RouteEntry route = reader.read("tracks/x.camel.yaml", "x", text).entries().get(0);
    RouteEntry moved = reader.read("tracks/x.camel.yaml", "x", "# why\n\n" + text).entries().get(0);
    assertThat(moved.saysSameAs(route)).isTrue();
    RouteEntry other =
        reader.read("tracks/x.camel.yaml", "x", text.replace("mock:x", "mock:y")).entries().get(0);
    assertThat(other.saysSameAs(route)).isFalse();
  }

  @Test
  void aKameletIsNamedAsItsFile() {
    assertThatThrownBy(
            () ->
                reader.read(
                    "kamelets/a-sink.kamelet.yaml", "a", "kind: Kamelet\nmetadata: {name: b}\n"))
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessageContaining("must be 'a-sink'");
  }

  @Test
  void onlyTheFoldersThatAreReadHoldRoutes() {
    assertThat(
            Stream.of(
                    "errors.camel.yaml",
                    "tracks/a.camel.yaml",
                    "mine/a.camel.yaml",
                    "tracks/deep/a.camel.yaml",
                    "tracks/a.yaml",
                    "other.camel.yaml")
                .filter(reader::isOfRoutes)
                .collect(Collectors.toSet()))
        .containsExactlyInAnyOrder("errors.camel.yaml", "tracks/a.camel.yaml");
  }
}
