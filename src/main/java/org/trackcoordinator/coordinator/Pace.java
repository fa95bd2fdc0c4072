package org.trackcoordinator.coordinator;

import java.time.Duration;

/**
 * How often an instance does what nothing wakes it for.
 *
 * @param polls how long sleepers sleep if nothing wakes them
 * @param maintenance how often clocks are looked at
 * @param heartbeats how often the leases of work in progress are looked at
 */
record Pace(Duration polls, Duration maintenance, Duration heartbeats) {

  static final Pace USUAL =
      new Pace(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(1));

  Pace pollEvery(Duration interval) {
    return new Pace(interval, maintenance, heartbeats);
  }

  Pace maintainEvery(Duration interval) {
    return new Pace(polls, interval, heartbeats);
  }

  Pace heartbeatEvery(Duration interval) {
    return new Pace(polls, maintenance, interval);
  }
}
