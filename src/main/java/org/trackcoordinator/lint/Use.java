package org.trackcoordinator.lint;

import java.util.Set;

/** What a route does with the coordinator. */
sealed interface Use {

  Route route();

  /** It does the work of a handler. */
  record Serves(Route route, Value handler, Value concurrency, Value lease) implements Use {}

  /** It starts runs; {@code completes} is null if it does no root's work. */
  record Starts(Route route, Value workflow, Value completes) implements Use {}

  /**
   * It names a kamelet that is not there, or one of its kamelets does; {@code known} are those that
   * are.
   */
  record Misses(Route route, String kamelet, Set<String> known, Place place) implements Use {}

  /** Others may send to it; {@code input} is {@code direct:x}, null if only an instance knows. */
  record Receives(Route route, String input) implements Use {}

  /** It sends to a route that begins so, and fails without one. */
  record Sends(Route route, String input, Place place) implements Use {}

  /** It reports events of a track. */
  record Reports(Route route, Value track, Value eventType) implements Use {}
}
