package org.trackcoordinator.graph;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Workflows to draw. */
final class SampleGraphs {

  /** Each kind of edge and each line that a track may have. */
  static final String EVERY_KIND =
      """
      workflow: intake
      description: Bills & receipts
      tracks:
        scan: { description: Reads paper }
        ocr:
          dependsOn: { track: scan, on: data_ready }
          handler: textract
          onFailure: { fallback: type-in }
        type-in: { onFailure: continue }
        approve:
          dependsOn: [ocr]
          when: "${body[total]} > 1000"
        book:
          dependsOn: [ocr, approve]
          onFailure: skip-downstream
      on: { failed: alert }
      """;

  private SampleGraphs() {}

  static Definition everyKind() {
    return WorkflowFiles.parse("intake.yaml", EVERY_KIND);
  }

  /** Real ones, large ones included, and those of the folder beside the project, if it is there. */
  static Stream<Definition> real() {
    Path beside = Path.of(System.getProperty("tracks.real-dags", "../shared/real-dags"));
    return Stream.of(
            Path.of("src/test/resources/good-workflows"),
            Path.of("src/test/resources/real-dags"),
            Path.of("src/bench/resources/real-dags"),
            beside)
        .filter(Files::isDirectory)
        .flatMap(folder -> WorkflowFiles.find(folder).stream())
        .map(WorkflowFiles::read)
        .distinct();
  }

  static Stream<Definition> random() {
    return LongStream.range(0, 40).mapToObj(SampleGraphs::random);
  }

  /** The large ones, by name. */
  static Definition large(String name) {
    return WorkflowFiles.read(Path.of("src/bench/resources/real-dags", name + ".json"));
  }

  /** Some tracks of any shape; some wait for data, some have a fallback. */
  private static Definition random(long seed) {
    Random random = new Random(seed);
    int size = 1 + random.nextInt(40);
    double density = random.nextDouble() * 0.3;
    StringBuilder file = new StringBuilder("workflow: seed-" + seed + "\ntracks:\n");
    List<String> earlier = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      String id = "t" + i + "x".repeat(random.nextInt(30));
      List<String> dependencies = new ArrayList<>();
      for (String track : earlier) {
        if (random.nextDouble() < density) {
          dependencies.add(
              random.nextInt(4) == 0 ? "{track: " + track + ", on: data_ready}" : track);
        }
      }
      boolean hasFallback = random.nextInt(5) == 0;
      file.append("  %s: {dependsOn: [%s]".formatted(id, String.join(", ", dependencies)));
      file.append(random.nextInt(3) == 0 ? ", description: some words of it" : "");
      file.append(hasFallback ? ", onFailure: {fallback: " + id + "-else}}\n" : "}\n");
      file.append(hasFallback ? "  " + id + "-else: {}\n" : "");
      earlier.add(id);
    }
    return WorkflowFiles.parse("random.yaml", file.toString());
  }

  /** Tracks that each depend on so many before them. */
  static Definition chain(int size, int dependencies) {
    StringBuilder file = new StringBuilder("workflow: chain\ntracks:\n");
    for (int i = 0; i < size; i++) {
      List<String> before =
          IntStream.range(Math.max(0, i - dependencies), i).mapToObj(j -> "t" + j).toList();
      file.append("  t%d: {dependsOn: %s}\n".formatted(i, before));
    }
    return WorkflowFiles.parse("chain.yaml", file.toString());
  }

  /** So many tracks, in layers of 200, each with some dependencies in the layer before. */
  static Definition layers(int size, int dependencies) {
    Random random = new Random(7);
    StringBuilder file = new StringBuilder("workflow: layers\ntracks:\n");
    for (int i = 0; i < size; i++) {
      List<String> before = new ArrayList<>();
      for (int j = 0; j < dependencies && i >= 200; j++) {
        before.add("t" + ((i / 200 - 1) * 200 + random.nextInt(200)));
      }
      Collections.sort(before);
      file.append("  t%d: {dependsOn: %s}\n".formatted(i, before.stream().distinct().toList()));
    }
    return WorkflowFiles.parse("layers.yaml", file.toString());
  }
}
