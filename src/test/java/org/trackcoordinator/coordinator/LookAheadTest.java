package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.contact.Contact;

/** When those who look at clocks go to the database, and when they are asked to leave it alone. */
@Tag("track-coordination")
class LookAheadTest {

  private final WakeUps wakeUps = new WakeUps();
  private final LookAhead lookAhead =
      new LookAhead(
          wakeUps, new Contact(), Duration.ZERO, () -> Duration.ofMinutes(1), () -> false);

  @BeforeEach
  void start() {
    lookAhead.start();
  }

  @AfterEach
  void stop() {
    lookAhead.stop();
  }

  @Test
  void withoutAnAnswerItIsAlwaysTime() {
    lookAhead.heard();
    assertThat(goes("leases")).isEqualTo(3);
  }

  @Test
  void eachGoesOnceMoreAfterTheAnswerAndThenWhenItIsDue() {
    lookAhead.heard();
    learn(Map.of("leases", 3600.0));
    assertThat(lookAhead.isAtRest()).isTrue();
    assertThat(goes("leases")).isEqualTo(1);
    assertThat(goes("deadlines")).as("one without a time").isEqualTo(1);
    assertThat(goes("leases")).isZero();
    learn(Map.of("leases", 0.0));
    assertThat(lookAhead.isTime("deadlines")).isFalse();
    assertThat(lookAhead.isTime("leases")).isTrue();
    assertThat(lookAhead.isAtRest()).as("until what is next is asked").isFalse();
    assertThat(lookAhead.isWanted()).isTrue();
  }

  @Test
  void afterAMovementAllGoAndTheAnswerIsOld() {
    lookAhead.heard();
    learn(Map.of());
    goes("leases");
    assertThat(lookAhead.isWanted()).isFalse();
    wakeUps.moved();
    assertThat(lookAhead.isAtRest()).isFalse();
    assertThat(goes("leases")).isEqualTo(3);
    assertThat(lookAhead.isWanted()).isTrue();
  }

  @Test
  void whatMovesWhileItIsAskedMakesTheAnswerOld() {
    lookAhead.heard();
    assertThat(lookAhead.isWanted()).isTrue();
    wakeUps.moved();
    lookAhead.learn(Map.of());
    assertThat(lookAhead.isAtRest()).isFalse();
  }

  @Test
  void nobodyRestsWhileEventsAreQueuedAndTheDrainerIsTold() {
    List<String> told = new ArrayList<>();
    wakeUps.subscribe(WakeUps.EVENTS, told::add);
    lookAhead.heard();
    learn(Map.of("events_queued", true));
    assertThat(lookAhead.isAtRest()).isFalse();
    assertThat(told).containsExactly(WakeUps.ALL);
  }

  @Test
  void workersWithWorkAreTold() {
    List<String> told = new ArrayList<>();
    wakeUps.subscribe(WakeUps.WORK, told::add);
    learn(Map.of("handlers_due", "{drive,freee}"));
    assertThat(told).containsExactly("drive", "freee");
  }

  @Test
  void nobodyRestsWithoutHearing() {
    learn(Map.of());
    assertThat(goes("leases")).as("never heard").isEqualTo(3);
    lookAhead.heard();
    assertThat(goes("leases")).isZero();
    lookAhead.hearsNot();
    assertThat(goes("leases")).as("no longer connected").isEqualTo(3);
  }

  @Test
  void aJobThatFailedGoesAgain() {
    lookAhead.heard();
    learn(Map.of());
    goes("leases");
    lookAhead.again();
    assertThat(lookAhead.isTime("leases")).isTrue();
  }

  private void learn(Map<String, Object> row) {
    lookAhead.isWanted();
    lookAhead.learn(new HashMap<>(row));
  }

  /** How often of three turns. */
  private int goes(String clock) {
    int times = 0;
    for (int turn = 0; turn < 3; turn++) {
      times += lookAhead.isTime(clock) ? 1 : 0;
    }
    return times;
  }
}
