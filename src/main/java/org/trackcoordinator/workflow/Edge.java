package org.trackcoordinator.workflow;

/**
 * {@code to} can start only after {@code from} has ended.
 *
 * @param fallback whether `to` steps in for `from`, rather than depending on it
 * @param position where the file says so
 * @param path the key that says so
 */
record Edge(String from, String to, boolean fallback, Position position, String path) {

  /** Each edge is one of its own; the graph asks this often, and strings are slow to hash. */
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
