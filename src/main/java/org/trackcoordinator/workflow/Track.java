package org.trackcoordinator.workflow;

import java.util.List;

/**
 * A node of the track dependency map.
 *
 * @param number from 1 in topological order; the same for every file of the same hash
 * @param id unique in the workflow
 * @param description for people; null if there is none
 * @param handler the name of what performs it
 * @param circuit the name of the circuit breaker that guards the handler
 * @param level 0 for a root, else 1 + the highest level of its dependencies; a fallback stands one
 *     above the track that it steps in for
 * @param leaf whether the run's result includes it: no track depends on it, and it is no fallback
 * @param dependencies sorted by track; empty for roots and fallbacks
 * @param policy with defaults merged
 * @param fallbackOf the id of the track that it steps in for; null if it is no fallback
 */
public record Track(
    int number,
    String id,
    String description,
    String handler,
    String circuit,
    int level,
    boolean leaf,
    List<Dependency> dependencies,
    Policy policy,
    String fallbackOf) {

  /** Copies the list. */
  public Track {
    dependencies = List.copyOf(dependencies);
  }

  Track with(String newHandler, String newCircuit, Policy newPolicy) {
    return new Track(
        number,
        id,
        description,
        newHandler,
        newCircuit,
        level,
        leaf,
        dependencies,
        newPolicy,
        fallbackOf);
  }

  /** Whether a run begins with it. */
  public boolean root() {
    return level == 0;
  }
}
