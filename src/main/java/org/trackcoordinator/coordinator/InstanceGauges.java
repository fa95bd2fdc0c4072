package org.trackcoordinator.coordinator;

import io.micrometer.core.instrument.Tags;
import java.util.List;
import org.trackcoordinator.observe.Metrics;

/** What is shown of an instance at any moment: how it is woken, what it works on, its loops. */
final class InstanceGauges {

  private InstanceGauges() {}

  static void show(Metrics metrics, WakeUpMode mode, Workers workers, Turns turns) {
    metrics.gauge(
        "tracks.wake.up.push",
        "1 while this instance is told by NOTIFY what others do, 0 while it polls",
        Tags.empty(),
        () -> mode.isPush() ? 1 : 0);
    metrics.gauge(
        "tracks.attempts.running",
        "Attempts that routes of this instance work on",
        Tags.empty(),
        () -> workers.running().size());
    for (String loop : List.of(WakeUps.EVENTS, WakeUps.WORK, LookAhead.TURNS)) {
      metrics.ageGauge(
          "tracks.loop.age",
          "How long ago a loop had its last turn: the one that looks for events, for work, or ahead",
          Tags.of("loop", loop),
          () -> turns.ago(loop).toNanos());
    }
  }
}
