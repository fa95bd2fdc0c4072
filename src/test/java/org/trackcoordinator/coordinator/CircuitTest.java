package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.testing.BareCamel;

/** A circuit as one instance sees it. */
@Tag("track-coordination")
class CircuitTest {

  private static final Map<String, String> SETTINGS =
      Map.of("circuit.window", "10", "circuit.minimum-calls", "4", "circuit.failure-rate", "50");

  private final Circuits circuits = new Circuits(SETTINGS::get);
  private final List<String> reported = new ArrayList<>();

  private static Attempt attempt(boolean onPermit) {
    return new Attempt("freee", "run", "freee", 1, 1, "{}", null, "freee-api", onPermit, null, 0);
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      circuits.ended(attempt(false), new IOException("no answer"), 1);
    }
  }

  private void report() throws Exception {
    circuits.report((circuit, reason) -> reported.add(reason));
  }

  private State state() {
    return circuits.circuit("freee-api").state();
  }

  @Test
  void whatWasClaimedBeforeAReportDoesNotCloseItAlsoIfItIsToldOnlyThen() throws Exception {
    long changesBefore = circuits.changes();
    Thread claimer = new Thread(() -> circuits.claimed(attempt(false), changesBefore));
    synchronized (circuits.circuit("freee-api")) { // the claimer gets as far as to the circuit
      claimer.start();
      await().until(() -> claimer.getState() == Thread.State.BLOCKED);
      fail(4);
      report();
    }
    claimer.join();
    assertThat(state()).isEqualTo(State.OPEN);
  }

  @Test
  void opensWhenTheShareOfFailuresIsReachedAndSaysWhyOnce() throws Exception {
    circuits.ended(attempt(false), null, 1);
    fail(2);
    report();
    assertThat(reported).isEmpty();
    assertThat(circuits.mayBegin(attempt(false))).isTrue();

    fail(1);

    assertThat(circuits.mayBegin(attempt(false))).isFalse();
    report();
    report();
    assertThat(reported)
        .containsExactly(
            "circuit freee-api is open: 3 of the last 4 attempts failed, the last with java.io.IOException: no answer");
  }

  @Test
  void aReportThatFailsIsMadeAgain() throws Exception {
    fail(4);
    assertThatThrownBy(
            () ->
                circuits.report(
                    (circuit, reason) -> {
                      throw new IOException("no database");
                    }))
        .hasMessage("no database");
    report();
    assertThat(reported).hasSize(1);
  }

  @Test
  void followsTheRowAsClaimsTellOfIt() throws Exception {
    fail(4);
    report();
    circuits.claimed(attempt(true), circuits.changes());
    assertThat(state()).isEqualTo(State.HALF_OPEN);
    assertThat(circuits.mayBegin(attempt(true))).isTrue();
    assertThat(circuits.mayBegin(attempt(false))).isFalse();

    circuits.claimed(attempt(false), circuits.changes());
    assertThat(state()).isEqualTo(State.CLOSED);
    fail(3);
    assertThat(state()).as("what was before the recovery does not count").isEqualTo(State.CLOSED);

    circuits.claimed(attempt(true), circuits.changes());
    assertThat(state()).as("another instance noticed it").isEqualTo(State.HALF_OPEN);
  }

  @Test
  void probesAreJudgedByTheRowAlone() throws Exception {
    circuits.claimed(attempt(true), circuits.changes());
    fail(20);
    assertThat(state()).isEqualTo(State.HALF_OPEN);
    report();
    assertThat(reported).isEmpty();
  }

  @Test
  void aClaimOlderThanTheTripTellsNothing() throws Exception {
    long before = circuits.changes();
    fail(4);
    circuits.claimed(attempt(false), before);
    assertThat(state()).as("not reported yet").isEqualTo(State.OPEN);
    report();
    circuits.claimed(attempt(false), before);
    assertThat(state()).as("claimed before it was reported").isEqualTo(State.OPEN);
  }

  @Test
  void aRefusalByAnotherBreakerOpensTheCircuit() throws Exception {
    circuits.refused(attempt(false), "my-own");
    circuits.refused(attempt(false), "my-own");
    report();
    assertThat(reported)
        .containsExactly(
            "circuit freee-api is open: the circuit breaker my-own refused an attempt");
    assertThat(circuits.mayBegin(attempt(false))).isFalse();
  }

  @Test
  void aRouteSeesTheBreakerButDoesNotFeedIt() throws Exception {
    CircuitBreaker seen = Circuits.permissions(circuits, "freee-api");
    for (int i = 0; i < 50; i++) {
      assertThatThrownBy(
              () ->
                  seen.executeCallable(
                      () -> {
                        throw new IOException("counted elsewhere");
                      }))
          .isInstanceOf(IOException.class);
    }
    assertThat(seen.executeCallable(() -> "called")).isEqualTo("called");
    assertThat(seen.getState()).isEqualTo(State.CLOSED);
    assertThat(seen.getMetrics().getNumberOfBufferedCalls()).isZero();

    fail(4);

    assertThatThrownBy(() -> seen.executeCallable(() -> "called"))
        .isInstanceOf(CallNotPermittedException.class)
        .hasMessageContaining("freee-api");
    assertThat(seen.tryAcquirePermission()).isFalse();
    report();
    circuits.claimed(attempt(true), circuits.changes());
    for (int i = 0; i < 50; i++) {
      assertThat(seen.executeCallable(() -> "a probe")).isEqualTo("a probe");
    }
  }

  @Test
  void aRefusalIsFoundAmongTheCauses() {
    fail(4);
    Exception refusal =
        org.assertj.core.api.Assertions.catchThrowableOfType(
            CallNotPermittedException.class,
            () -> Circuits.permissions(circuits, "freee-api").acquirePermission());
    assertThat(
            Errors.refusedBy(
                new CamelExecutionException(
                    "outer", BareCamel.exchange(), new IllegalStateException(refusal))))
        .isEqualTo("freee-api");
    assertThat(Errors.refusedBy(new IOException("down"))).isNull();
    assertThat(Errors.refusedBy(null)).isNull();
  }

  @Test
  void whatTheTargetAnswersTellsWhetherItIsInTrouble() {
    assertThat(List.of(400, 401, 404, 422, 499)).noneMatch(Errors::blamesTarget);
    assertThat(List.of(200, 302, 408, 425, 429, 500, 503, 599)).allMatch(Errors::blamesTarget);
    assertThat(Errors.blamesTarget(null)).isTrue();
  }
}
