package org.trackcoordinator.bench;

import java.util.ArrayList;
import java.util.List;

/** All scenarios, in the order in which they are measured. */
final class Scenarios {

  private static final List<Scenario> ALL =
      List.of(
          new ChainScenario(),
          new CoordinationScenario(),
          new WideScenario(),
          new LatencyScenario(),
          new InstancesScenario(),
          new WorkersScenario(),
          new GuestScenario(),
          new FootprintScenario());

  private Scenarios() {}

  static List<Scenario> all() {
    return ALL;
  }

  /**
   * Those of these names, in the order of all; all if there are no names.
   *
   * @throws IllegalArgumentException for a name that none has
   */
  static List<Scenario> named(List<String> names) {
    List<String> known = ALL.stream().map(Scenario::name).toList();
    List<String> unknown = new ArrayList<>(names);
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "unknown scenario %s; there are %s".formatted(unknown, known));
    }
    return ALL.stream().filter(s -> names.isEmpty() || names.contains(s.name())).toList();
  }
}
