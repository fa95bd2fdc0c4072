package org.trackcoordinator.lint;

import java.util.List;

/**
 * A route of a file.
 *
 * @param id null if it has none
 * @param autoStartup as written; null if it is not
 * @param read whether {@code run} reads its file
 * @param from null if it can't be told
 * @param others the endpoints of its steps
 */
record Route(
    String id, Text autoStartup, boolean read, Place place, Endpoint from, List<Endpoint> others) {

  /** Copies the list. */
  Route {
    others = List.copyOf(others);
  }

  /** For messages: {@code the route 'drive' (drive.camel.yaml:9)}. */
  String shown() {
    return (id == null ? "a route" : "the route '" + id + "'") + " (" + place.shown() + ")";
  }
}
