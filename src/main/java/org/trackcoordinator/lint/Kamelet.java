package org.trackcoordinator.lint;

import java.util.List;
import java.util.Map;

/**
 * A kamelet of the folder: a template of a route.
 *
 * @param defaults of its properties
 * @param endpoints all of its template, its {@code from} first
 */
record Kamelet(String name, Map<String, String> defaults, List<Endpoint> endpoints) {

  /** Copies the collections. */
  Kamelet {
    defaults = Map.copyOf(defaults);
    endpoints = List.copyOf(endpoints);
  }
}
