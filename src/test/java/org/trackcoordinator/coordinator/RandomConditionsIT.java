package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;

/** Random graphs with random conditions do what a model of them does. */
@Tag("track-coordination")
class RandomConditionsIT {

  private static final int GRAPHS = Counts.of(60, 1000);

  @RegisterExtension
  static final CoordinatedDatabase database =
      CoordinatedDatabase.coordinated(RandomConditionsIT::worker);

  /** A number that a track completes with; its fraction decides near the thresholds. */
  private static String number(String track) {
    int hash = Math.floorMod(track.hashCode() * 0x9E3779B9, 400);
    return "%d.%02d".formatted(hash / 4, hash % 4 * 25);
  }

  private static RouteBuilder worker() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        for (int n = 0; n < 3; n++) {
          from("kamelet:track-source/test-w%d?handler=w%d".formatted(n, n))
              .routeId("w" + n)
              .process(
                  exchange ->
                      exchange
                          .getMessage()
                          .setBody(
                              "{\"n\": %s}"
                                  .formatted(
                                      number(
                                          exchange
                                              .getMessage()
                                              .getHeader("trackId", String.class)))));
        }
      }
    };
  }

  /** A track of the model; it asks whether what it is given is over its threshold. */
  private record Step(String id, List<String> dependencies, String asks, int threshold) {

    String when(Random random) {
      String number = dependencies.size() > 1 ? "${body?[%s]?[n]}".formatted(asks) : "${body[n]}";
      String path = dependencies.size() > 1 ? "$.%s[?(@.n > %d)]" : "$[?(@.n > %2$d)]";
      return random.nextBoolean() ? number + " > " + threshold : path.formatted(asks, threshold);
    }

    boolean isDone(Map<String, String> inputs) {
      if (threshold < 0) {
        return true;
      }
      String number = inputs.get(asks);
      return number != null && Double.parseDouble(number) > threshold;
    }
  }

  @Test
  void whatIsActivatedIsWhatTheModelSays() throws Exception {
    Map<UUID, Set<String>> expected;
    try (Coordinator second = database.coordinator().with(worker()).start()) {
      expected = runAll();
    }
    int seed = 0;
    for (Map.Entry<UUID, Set<String>> run : expected.entrySet()) {
      assertThat(activated(run.getKey()))
          .as("graph %d, run %s", seed++, run.getKey())
          .isEqualTo(run.getValue());
    }
    assertThat(
            database.count(
                "select count(*) from track_coordination.runs where state <> 'completed'"))
        .isZero();
    assertThat(database.audit()).isEmpty();
    assertThat(
            database.count(
                "select count(*) from track_coordination.activations where state = 'skipped'"))
        .as("something was skipped")
        .isGreaterThan(GRAPHS);
  }

  private static Map<UUID, Set<String>> runAll() {
    Map<UUID, Set<String>> expected = new LinkedHashMap<>();
    for (int seed = 0; seed < GRAPHS; seed++) {
      Random random = new Random(seed);
      List<Step> steps = steps(random);
      String runNumber = random.nextInt(100) + (random.nextBoolean() ? ".50" : "");
      database.load(yaml("g" + seed, steps, random));
      UUID run = database.startRun("g" + seed, "{\"n\": " + runNumber + "}");
      expected.put(run, model(steps, runNumber));
    }
    database.awaitRunsEnded(GRAPHS);
    database.awaitSettled();
    return expected;
  }

  private Set<String> activated(UUID run) {
    return new TreeSet<>(
        database.texts(
            "select track_id from processing_logs where correlation_id = ? and event_type = 'triggered'",
            run));
  }

  private static List<Step> steps(Random random) {
    List<Step> steps = new ArrayList<>();
    int size = 2 + random.nextInt(12);
    for (int n = 0; n < size; n++) {
      List<String> dependencies = new ArrayList<>();
      for (int before = 0; before < n; before++) {
        if (random.nextInt(n) < 2) {
          dependencies.add("t" + before);
        }
      }
      String asks =
          dependencies.isEmpty() ? "" : dependencies.get(random.nextInt(dependencies.size()));
      int threshold = random.nextInt(10) < 4 ? -1 : random.nextInt(100);
      steps.add(new Step("t" + n, dependencies, asks, threshold));
    }
    return steps;
  }

  private static Set<String> model(List<Step> steps, String runNumber) {
    Map<String, String> done = new LinkedHashMap<>();
    for (Step step : steps) {
      Map<String, String> inputs = new LinkedHashMap<>();
      step.dependencies().stream()
          .filter(done::containsKey)
          .forEach(track -> inputs.put(track, done.get(track)));
      if (step.dependencies().isEmpty()) {
        inputs.put("", runNumber);
      }
      if (!inputs.isEmpty() && step.isDone(inputs)) {
        done.put(step.id(), number(step.id()));
      }
    }
    return new TreeSet<>(done.keySet());
  }

  private static String yaml(String name, List<Step> steps, Random random) {
    StringBuilder yaml = new StringBuilder("workflow: " + name + "\ntracks:\n");
    for (Step step : steps) {
      yaml.append("  ").append(step.id()).append(":\n    handler: w").append(random.nextInt(3));
      if (!step.dependencies().isEmpty()) {
        yaml.append("\n    dependsOn: [");
        String comma = "";
        for (String dependency : step.dependencies()) {
          boolean data = random.nextInt(4) == 0;
          yaml.append(comma)
              .append(data ? "{track: " + dependency + ", on: data_ready}" : dependency);
          comma = ", ";
        }
        yaml.append(']');
      }
      if (step.threshold() >= 0) {
        yaml.append("\n    when: '").append(step.when(random)).append('\'');
      }
      yaml.append('\n');
    }
    return yaml.toString();
  }
}
