package org.trackcoordinator.coordinator;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/**
 * The circuits of this instance by name, each made when it is first asked for. A route guards its
 * calls with the bean that {@link #permissions} makes.
 */
public final class Circuits {

  // the gate's row says when a circuit may be tried again, never the breaker's own clock
  private static final Duration NEVER_BY_ITSELF = Duration.ofDays(3650);

  /** Tells all instances that a circuit is open; returns when the gate's row says so. */
  interface Report {
    void open(String circuit, String reason) throws Exception;
  }

  private final UnaryOperator<String> property;
  private final Map<String, Circuit> circuits = new ConcurrentHashMap<>();
  private final AtomicLong changes = new AtomicLong();

  /**
   * @param property reads a setting: {@code circuit.window}, {@code circuit.minimum-calls}, {@code
   *     circuit.failure-rate}; read when a circuit is made
   */
  public Circuits(UnaryOperator<String> property) {
    this.property = property;
  }

  /**
   * A view of a circuit's breaker for the {@code circuitBreaker} of a route: it refuses calls while
   * the circuit is open. What comes of a call it does not count, since the outcome of the attempt
   * will be counted. Static, since Camel's YAML makes a bean with parameters only so.
   *
   * @param circuits the bean {@code circuits}
   * @param circuit the name that the workflow file gives it
   */
  public static CircuitBreaker permissions(Circuits circuits, String circuit) {
    return circuits.circuit(circuit).permissions();
  }

  /** Forgets what came of all attempts, as if this instance had just begun; for tests. */
  public void forget() {
    circuits.values().forEach(Circuit::forget);
  }

  Circuit circuit(String name) {
    Circuit known = circuits.get(name); // does not lock, as computeIfAbsent may
    return known != null ? known : circuits.computeIfAbsent(name, n -> new Circuit(n, config()));
  }

  private CircuitBreakerConfig config() {
    return CircuitBreakerConfig.custom()
        .slidingWindowType(SlidingWindowType.COUNT_BASED)
        .slidingWindowSize(Integer.parseInt(property.apply("circuit.window")))
        .minimumNumberOfCalls(Integer.parseInt(property.apply("circuit.minimum-calls")))
        .failureRateThreshold(Float.parseFloat(property.apply("circuit.failure-rate")))
        .waitDurationInOpenState(NEVER_BY_ITSELF)
        .build();
  }

  /** Counts what came of an attempt. */
  void ended(Attempt attempt, Throwable failure, long nanos) {
    if (attempt.circuit() == null) {
      return;
    }
    if (failure == null) {
      circuit(attempt.circuit()).succeeded(nanos);
    } else {
      circuit(attempt.circuit()).failed(nanos, failure);
    }
  }

  /** A breaker refused the attempt, so that its circuit is open. */
  void refused(Attempt attempt, String by) {
    if (attempt.circuit() != null) {
      circuit(attempt.circuit()).refused(by);
    }
  }

  boolean mayBegin(Attempt attempt) {
    return attempt.circuit() == null || circuit(attempt.circuit()).mayBegin(attempt.onPermit());
  }

  /** Changes whenever a gate's row was told of something: what was claimed meanwhile is old. */
  long changes() {
    return changes.get();
  }

  /**
   * Learns from what was claimed.
   *
   * @param changesBefore {@link #changes()} before the claim
   */
  void claimed(Attempt attempt, long changesBefore) {
    if (attempt.circuit() == null) {
      return;
    }
    Circuit circuit = circuit(attempt.circuit());
    synchronized (circuit) { // what is being reported changes the count before it can get in
      if (changes.get() == changesBefore) {
        circuit.claimed(attempt.onPermit());
      }
    }
  }

  /** Whether a circuit opened here whose gate does not say so yet. */
  boolean anyToReport() {
    for (Circuit circuit : circuits.values()) {
      if (circuit.trip() != null) {
        return true;
      }
    }
    return false;
  }

  /**
   * Reports the circuits that opened here; whoever calls it meanwhile waits until they are.
   *
   * @throws Exception what kept one from being reported; it is reported the next time
   */
  void report(Report report) throws Exception {
    if (!anyToReport()) {
      return;
    }
    synchronized (this) {
      for (Circuit circuit : circuits.values()) {
        String trip = circuit.trip();
        if (trip != null) {
          report.open(circuit.name(), trip);
          changes.incrementAndGet();
          circuit.reported();
        }
      }
    }
  }
}
