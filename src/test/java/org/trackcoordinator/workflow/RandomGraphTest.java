package org.trackcoordinator.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.workflow.BadWorkflowTest.refusal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for every graph; the seed in the test's name repeats it. */
@Tag("track-coordination")
class RandomGraphTest {

  private static final Pattern CYCLE =
      Pattern.compile(
          "w\\.yaml:(\\d+):(\\d+): tracks\\.(\\w+)\\.dependsOn\\[(\\d+)\\]: cycle: (.+); .*");

  static LongStream seeds() {
    return LongStream.range(0, 200);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void levelsRiseAlongEveryEdge(long seed) {
    Map<String, Set<String>> graph = acyclic(new Random(seed));
    List<Track> tracks = WorkflowFiles.parse("w.yaml", file(graph)).tracks();

    Map<String, Track> byId = new HashMap<>();
    tracks.forEach(track -> byId.put(track.id(), track));
    assertThat(byId.keySet()).isEqualTo(graph.keySet());
    Set<String> upstream = new TreeSet<>();
    graph.values().forEach(upstream::addAll);
    for (int i = 0; i < tracks.size(); i++) {
      Track track = tracks.get(i);
      assertThat(track.number()).isEqualTo(i + 1);
      assertThat(track.dependencies())
          .extracting(Dependency::track)
          .hasSameElementsAs(graph.get(track.id()));
      int highest = -1;
      for (Dependency dependency : track.dependencies()) {
        Track before = byId.get(dependency.track());
        assertThat(before.number()).isLessThan(track.number());
        highest = Math.max(highest, before.level());
      }
      assertThat(track.level()).isEqualTo(highest + 1);
      assertThat(track.leaf()).isEqualTo(!upstream.contains(track.id()));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anEdgeBackIsRefusedWithATrueCycle(long seed) {
    Random random = new Random(seed);
    Map<String, Set<String>> graph = acyclic(random);
    String late = new ArrayList<>(graph.keySet()).get(random.nextInt(graph.size()));
    List<String> before = new ArrayList<>(ancestors(graph, late));
    if (before.isEmpty()) {
      before.add("extra");
      graph.put("extra", new LinkedHashSet<>());
      graph.get(late).add("extra");
    }
    graph.get(before.get(random.nextInt(before.size()))).add(late);
    String file = file(graph);

    List<Problem> problems = refusal("w.yaml", file).problems();

    assertThat(problems).hasSize(1);
    Matcher cycle = CYCLE.matcher(problems.get(0).toString());
    assertThat(cycle.matches()).as(problems.get(0).toString()).isTrue();
    List<String> path = List.of(cycle.group(5).split(" → "));
    assertThat(path).hasSizeGreaterThan(2).startsWith(path.get(path.size() - 1));
    assertThat(path.subList(1, path.size())).doesNotHaveDuplicates();
    for (int i = 1; i < path.size(); i++) {
      assertThat(graph.get(path.get(i))).as("%s waits for", path.get(i)).contains(path.get(i - 1));
    }
    // The place is that of an edge of the cycle.
    String to = cycle.group(3);
    String from = new ArrayList<>(graph.get(to)).get(Integer.parseInt(cycle.group(4)));
    assertThat(String.join(" → ", path)).contains(from + " → " + to);
    String line = file.lines().toList().get(Integer.parseInt(cycle.group(1)) - 1);
    assertThat(line.substring(Integer.parseInt(cycle.group(2)) - 1)).startsWith(from);
  }

  /** A track depends on tracks of lower rank only; the file gives them in a random order. */
  private static Map<String, Set<String>> acyclic(Random random) {
    int size = 1 + random.nextInt(60);
    double density = random.nextDouble() * 0.3;
    List<String> ids = new ArrayList<>();
    Map<String, Set<String>> ranked = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      Set<String> dependencies = new LinkedHashSet<>();
      for (String earlier : ids) {
        if (random.nextDouble() < density) {
          dependencies.add(earlier);
        }
      }
      String id = "t" + random.nextInt(1_000_000) + "x" + i;
      ids.add(id);
      ranked.put(id, dependencies);
    }
    Collections.shuffle(ids, random);
    Map<String, Set<String>> shuffled = new LinkedHashMap<>();
    ids.forEach(id -> shuffled.put(id, ranked.get(id)));
    return shuffled;
  }

  private static Set<String> ancestors(Map<String, Set<String>> graph, String id) {
    Set<String> found = new TreeSet<>();
    List<String> open = new ArrayList<>(graph.get(id));
    while (!open.isEmpty()) {
      String next = open.remove(open.size() - 1);
      if (found.add(next)) {
        open.addAll(graph.get(next));
      }
    }
    return found;
  }

  private static String file(Map<String, Set<String>> graph) {
    StringBuilder file = new StringBuilder("workflow: w\ntracks:\n");
    graph.forEach(
        (id, dependencies) ->
            file.append("  ")
                .append(id)
                .append(": { dependsOn: [")
                .append(String.join(", ", dependencies))
                .append("] }\n"));
    return file.toString();
  }
}
