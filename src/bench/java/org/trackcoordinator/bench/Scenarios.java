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

  private static final List<Scenario> SOAK =
      List.of(new GrowthScenario(), new SnapshotScenario(), new ChurnScenario());

  private static final List<Scenario> ALONE = List.of(new HourScenario());

  private Scenarios() {}

  static List<Scenario> all() {
    return Stream.concat(QUICK.stream(), OTHERS.stream()).toList();
  }

  /** Those that take long, beside all. */
  static List<Scenario> soak() {
    return SOAK;
  }

  static List<Scenario> quick() {
    return QUICK;
  }

  /**
   * Those of these names, in the order in which they are listed.
   *
   * @throws IllegalArgumentException for a name that none has
   */
  static List<Scenario> named(List<String> names) {
    List<String> known = known().stream().map(Scenario::name).toList();
    List<String> unknown = new ArrayList<>(names);
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "unknown scenario %s; there are %s".formatted(unknown, known));
    }
    return known().stream().filter(scenario -> names.contains(scenario.name())).toList();
  }

  /** All there are. */
  static List<Scenario> known() {
    return Stream.of(all(), SOAK, ALONE).flatMap(List::stream).toList();
  }
}
