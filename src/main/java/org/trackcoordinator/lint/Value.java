package org.trackcoordinator.lint;

/**
 * A parameter of an endpoint.
 *
 * @param written as the file has it
 * @param known what it comes to, defaults and settings put in; null if only a running instance
 *     knows
 * @param place where to change it
 */
record Value(String written, String known, Place place) {

  boolean isKnown() {
    return known != null;
  }
}
