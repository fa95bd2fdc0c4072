package org.trackcoordinator.testkit;

import java.util.Optional;

/** Where a PostgreSQL for tests can come from. */
interface ServerSource {

  /** What it lacks here, for people: {@code no Docker answers}; empty if it can be used. */
  Optional<String> missing();

  /**
   * Starts the server, which lives as long as this JVM.
   *
   * @return the JDBC URL of its database {@code postgres}, with the login of somebody who may
   *     create databases
   */
  String start();
}
