package org.trackcoordinator.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trackcoordinator.workflow.CpuTime;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Drawings are made once, soon, and not without limits. */
@Tag("track-coordination")
class DrawingsTest {

  private final Drawings drawings = new Drawings(400_000);

  static Stream<Definition> large() {
    return Stream.of(
        SampleGraphs.large("montage-chameleon-2mass-04d-001"),
        SampleGraphs.large("bwa-chameleon-medium-001"),
        SampleGraphs.layers(2_000, 5),
        SampleGraphs.chain(2_000, 3));
  }

  @ParameterizedTest
  @MethodSource("large")
  void largeGraphsTakeNoFiveSeconds(Definition definition) {
    Drawing drawing = CpuTime.atMost(Duration.ofSeconds(5), () -> drawings.of(definition));
    assertThat(drawing.corners()).hasSameSizeAs(definition.tracks());
  }

  @Test
  void oneIsMadeOnceHoweverManyAskForIt() throws Exception {
    Definition definition = SampleGraphs.layers(600, 3);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      Callable<Drawing> ask = () -> drawings.of(definition);
      Map<Drawing, Boolean> made = new IdentityHashMap<>();
      for (Future<Drawing> answer : threads.invokeAll(List.of(ask, ask, ask, ask, ask, ask))) {
        made.put(answer.get(), true);
      }
      assertThat(made).hasSize(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void anEqualDefinitionHasTheSameOne() {
    Drawing drawing = drawings.of(SampleGraphs.everyKind());
    Definition stored =
        WorkflowFiles.parse("stored.json", SampleGraphs.everyKind().canonicalJson());
    assertThat(drawings.of(stored)).isSameAs(drawing);
    assertThat(drawings.of(SampleGraphs.chain(5, 1))).isNotSameAs(drawing);
  }

  @Test
  void thoseThatNobodyAskedForLongAreForgotten() {
    Drawings few = new Drawings(100);
    Definition unused = SampleGraphs.chain(3, 1);
    Definition used = SampleGraphs.chain(4, 1);
    Drawing drawingUnused = few.of(unused);
    Drawing drawingUsed = few.of(used);
    assertThat(few.of(unused)).isSameAs(drawingUnused);
    for (int size = 5; size < 15; size++) {
      few.of(SampleGraphs.chain(size, 1));
      assertThat(few.of(used)).isSameAs(drawingUsed);
    }
    assertThat(few.of(unused)).isNotSameAs(drawingUnused);
  }

  @Test
  void tooLargeOnesAreRefused() {
    assertThat(drawings.of(rootsOnly(10_000)).corners()).hasSize(10_000);
    assertThatThrownBy(() -> drawings.of(rootsOnly(10_001)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "workflow 'roots' is too large for a picture: it has 10,001 tracks (at most 10,000 are"
                + " drawn), its edges cross 0 levels together (at most 50,000); ask for json or dot");
    assertThatThrownBy(() -> drawings.of(SampleGraphs.chain(1_000, 10)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("its edges cross 54,615 levels together");
  }

  private static Definition rootsOnly(int size) {
    StringBuilder file = new StringBuilder("workflow: roots\ntracks:\n");
    for (int i = 0; i < size; i++) {
      file.append("  t").append(i).append(":\n");
    }
    return WorkflowFiles.parse("roots.yaml", file.toString());
  }
}
