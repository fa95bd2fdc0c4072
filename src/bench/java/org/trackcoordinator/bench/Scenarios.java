package org.trackcoordinator.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** All scenarios, in the order in which they are measured. */
final class Scenarios {

  /** Those that tell most in little time. */
  private static final List<Scenario> QUICK =
      List.of(
          new ChainScenario(),
          new CoordinationScenario(),
          new WideScenario(),
          new LatencyScenario());

  private static final List<Scenario> OTHERS =
      List.of(
          new InstancesScenario(),
          new WorkersScenario(),
          new GuestScenario(),
          new FootprintScenario());

  private Scenarios() {}

  static List<Scenario> all() {
    return Stream.concat(QUICK.stream(), OTHERS.stream()).toList();
  }

  static List<Scenario> quick() {
    return QUICK;
  }

  /**
   * Those of these names, in the order of all.
   *
   * @throws IllegalArgumentException for a name that none has
   */
  static List<Scenario> named(List<String> names) {
    List<String> known = all().stream().map(Scenario::name).toList();
    List<String> unknown = new ArrayList<>(names);
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "unknown scenario %s; there are %s".formatted(unknown, known));
    }
    return all().stream().filter(scenario -> names.contains(scenario.name())).toList();
  }
}
