package org.trackcoordinator.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Graphs of real workflows are read as they stand, and large ones soon. */
@Tag("track-coordination")
class RealDagTest {

  /** Ours, and those of the folder beside the project, when there is one. */
  static Stream<Path> graphs() {
    Path others = Path.of(System.getProperty("tracks.real-dags", "../shared/real-dags"));
    return Stream.of(Resources.path("real-dags"), others)
        .filter(Files::isDirectory)
        .flatMap(folder -> WorkflowFiles.find(folder).stream());
  }

  @ParameterizedTest
  @MethodSource("graphs")
  void isRead(Path file) {
    List<Track> tracks = WorkflowFiles.read(file).tracks();

    Map<String, Integer> levels = new HashMap<>();
    for (Track track : tracks) {
      assertThat(track.number()).isEqualTo(levels.size() + 1);
      int level =
          track.dependencies().stream()
              .mapToInt(dependency -> levels.get(dependency.track()) + 1)
              .max()
              .orElse(0);
      assertThat(track.level()).isEqualTo(level);
      levels.put(track.id(), level);
    }
    assertThat(tracks).filteredOn(Track::leaf).isNotEmpty();
  }

  @Test
  void hasTheShapeOfItsSource() {
    assertThat(
            Stream.of(
                    "helloworld-chain-5-chameleon",
                    "bwa-chameleon-small-001",
                    "seismology-chameleon-300p-001")
                .map(name -> WorkflowFiles.read(Resources.path("real-dags/" + name + ".json"))))
        .extracting(
            d -> d.tracks().size(),
            d -> d.tracks().stream().filter(Track::root).count(),
            d -> d.tracks().stream().filter(Track::leaf).count(),
            d -> d.tracks().stream().mapToInt(Track::level).max().orElseThrow(),
            d -> d.tracks().stream().mapToInt(t -> t.dependencies().size()).max().orElseThrow())
        .containsExactly(
            tuple(5, 1L, 1L, 4, 1), tuple(104, 2L, 2L, 2, 100), tuple(301, 300L, 1L, 1, 300));
  }

  @Test
  void fiveThousandTracksTakeNoSecond() {
    StringBuilder file = new StringBuilder("workflow: w\ntracks:\n");
    IntStream.range(0, 5_000)
        .forEach(
            i -> {
              file.append("  t").append(i).append(": { dependsOn: [");
              for (int j = 1; j <= 5 && j <= i; j++) {
                file.append(j == 1 ? "" : ", ").append('t').append(i - j);
              }
              file.append("] }\n");
            });
    WorkflowFiles.read(Resources.path("good-workflows/everything.yaml"));

    Definition definition =
        CpuTime.atMost(Duration.ofSeconds(1), () -> WorkflowFiles.parse("w.yaml", file.toString()));

    assertThat(definition.tracks()).last().extracting(Track::level).isEqualTo(4_999);
  }
}
