package org.trackcoordinator.lint;

import java.util.Map;

/**
 * A Camel endpoint as a route file writes it.
 *
 * @param parameters those beside the URI, not those in it
 */
record Endpoint(Text uri, Map<String, Text> parameters) {

  /** Copies the map. */
  Endpoint {
    parameters = Map.copyOf(parameters);
  }
}
