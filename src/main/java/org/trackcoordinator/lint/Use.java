package org.trackcoordinator.lint;

/** What a route does with the coordinator. */
sealed interface Use {

  Route route();

  /** It does the work of a handler. */
  record Serves(Route route, Value handler, Value concurrency, Value lease) implements Use {}

  /** It starts runs; {@code completes} is null if it does no root's work. */
  record Starts(Route route, Value workflow, Value completes) implements Use {}

  /** It reports events of a track. */
  record Reports(Route route, Value track, Value eventType) implements Use {}
}
