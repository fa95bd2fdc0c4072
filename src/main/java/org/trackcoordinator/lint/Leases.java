package org.trackcoordinator.lint;

import java.time.Duration;
import java.util.Optional;
import org.trackcoordinator.workflow.Durations;

/** Leases as Camel reads them. */
final class Leases {

  private Leases() {}

  /** Empty if it is none; a number without a unit is in milliseconds. */
  static Optional<Duration> duration(Value lease) {
    String text = lease.known().strip();
    return Durations.of(text.matches("[0-9]{1,9}") ? text + "ms" : text);
  }
}
