package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.apache.camel.health.HealthCheck;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.testing.BareCamel;

/** A loop that has no turns is told, and only that. */
@Tag("track-coordination")
class PollingHealthTest {

  private long now;
  private Duration thereFor = Duration.ofDays(1);
  private final Turns turns = new Turns(() -> now);

  @Test
  void isDownWhenALoopHasHadNoTurnForLong() {
    turns.took("track-events");
    pass(Duration.ofSeconds(29));
    assertThat(ready().getState()).isEqualTo(HealthCheck.State.UP);
    pass(Duration.ofSeconds(2));
    assertThat(ready().getState()).isEqualTo(HealthCheck.State.DOWN);
    assertThat(ready().getMessage())
        .hasValue(
            "Stalled: nothing looked for track-events for 31s; if it stays so, take a thread dump and restart this instance");
    assertThat(live().getState()).as("a restart may not help yet").isEqualTo(HealthCheck.State.UP);
    turns.took("track-events");
    assertThat(ready().getState()).isEqualTo(HealthCheck.State.UP);
  }

  @Test
  void aRestartIsAskedForWhenNothingElseCanBeTheReason() {
    turns.took("look-ahead");
    pass(Duration.ofMinutes(11));
    assertThat(live().getState()).isEqualTo(HealthCheck.State.DOWN);
  }

  @Test
  void waitingForTheDatabaseIsNoReason() {
    turns.took("track-events");
    pass(Duration.ofHours(1));
    thereFor = Duration.ofSeconds(20); // it has just come back
    assertThat(ready().getState()).isEqualTo(HealthCheck.State.UP);
    assertThat(live().getState()).isEqualTo(HealthCheck.State.UP);
    thereFor = Duration.ofSeconds(40);
    assertThat(ready().getState()).isEqualTo(HealthCheck.State.DOWN);
    assertThat(live().getState()).isEqualTo(HealthCheck.State.UP);
  }

  @Test
  void aLoopThatWasAskedToEndIsNotMissed() {
    turns.took("track-events");
    turns.ended("track-events");
    pass(Duration.ofHours(1));
    assertThat(ready().getState()).isEqualTo(HealthCheck.State.UP);
  }

  @Test
  void aLoopThatBrokeIsToldAtOnce() {
    turns.broke("track-events");
    assertThat(ready().getState()).isEqualTo(HealthCheck.State.DOWN);
    assertThat(live().getMessage()).hasValue("Broken: [track-events]; restart this instance");
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private HealthCheck.Result ready() {
    return call(PollingHealth.readiness(turns, time -> thereFor.compareTo(time) >= 0));
  }

  private HealthCheck.Result live() {
    return call(PollingHealth.liveness(turns, time -> thereFor.compareTo(time) >= 0));
  }

  private static HealthCheck.Result call(PollingHealth check) {
    check.setCamelContext(BareCamel.exchange().getContext());
    return check.call(Map.of());
  }
}
