package org.trackcoordinator.coordinator;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.TimeUnit;

/**
 * A circuit as this instance sees it. Its breaker opens by itself, by the outcomes of attempts.
 * Everything after that is decided by the gate's row for all instances together, so the breaker
 * follows what claims tell of it: half open while attempts are claimed on permits, closed when they
 * are claimed freely again.
 */
final class Circuit {

  private final CircuitBreaker breaker;
  private final CircuitBreaker permissions;
  private String lastError = "";
  private volatile String trip; // why the breaker opened, until the gate's row says so

  Circuit(String name, CircuitBreakerConfig config) {
    breaker = CircuitBreaker.of(name, config);
    permissions =
        (CircuitBreaker)
            Proxy.newProxyInstance(
                Circuit.class.getClassLoader(),
                new Class<?>[] {CircuitBreaker.class},
                this::askOnly);
  }

  String name() {
    return breaker.getName();
  }

  State state() {
    return breaker.getState();
  }

  /** For routes: the same breaker, which gives permissions and hears of no outcome. */
  CircuitBreaker permissions() {
    return permissions;
  }

  synchronized void succeeded(long nanos) {
    if (breaker.getState() == State.CLOSED) {
      breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
      noticeTrip();
    }
  }

  synchronized void failed(long nanos, Throwable failure) {
    if (breaker.getState() == State.CLOSED) {
      lastError = Errors.className(failure) + ": " + Errors.message(failure);
      breaker.onError(nanos, TimeUnit.NANOSECONDS, failure);
      noticeTrip();
    }
  }

  private void noticeTrip() {
    if (breaker.getState() == State.OPEN) {
      CircuitBreaker.Metrics metrics = breaker.getMetrics();
      trip =
          "circuit %s is open: %d of the last %d attempts failed, the last with %s"
              .formatted(
                  name(),
                  metrics.getNumberOfFailedCalls(),
                  metrics.getNumberOfBufferedCalls(),
                  lastError);
    }
  }

  /** A breaker in a route refused an attempt: ours, which is known, or another one. */
  synchronized void refused(String by) {
    if (breaker.getState() != State.OPEN) {
      breaker.transitionToOpenState();
      trip = "circuit %s is open: the circuit breaker %s refused an attempt".formatted(name(), by);
    }
  }

  /** Whether an attempt may begin: not while the breaker is open, else only on a permit. */
  boolean mayBegin(boolean onPermit) {
    return switch (breaker.getState()) {
      case OPEN, FORCED_OPEN -> false;
      case HALF_OPEN -> onPermit;
      default -> true;
    };
  }

  /** It is closed, and nothing has been counted. */
  synchronized void forget() {
    breaker.reset();
    trip = null;
  }

  /** Why the breaker opened, if the gate's row does not say so yet; else null. */
  String trip() {
    return trip;
  }

  /** The gate's row says it. */
  synchronized void reported() {
    trip = null;
  }

  /** What a claim told of the gate's row; nothing counts while the row is behind the breaker. */
  synchronized void claimed(boolean onPermit) {
    if (trip != null) {
      return;
    }
    State state = breaker.getState();
    if (onPermit && state != State.HALF_OPEN) {
      if (state == State.CLOSED) {
        breaker.transitionToOpenState(); // there is no other way to half open
      }
      breaker.transitionToHalfOpenState();
    } else if (!onPermit && state != State.CLOSED) {
      breaker.transitionToClosedState();
    }
  }

  private Object askOnly(Object proxy, Method method, Object[] arguments) throws Throwable {
    switch (method.getName()) {
      case "onSuccess", "onError", "onResult", "releasePermission":
        return null;
      case "tryAcquirePermission":
        return mayBegin(true);
      case "acquirePermission":
        if (!mayBegin(true)) {
          throw CallNotPermittedException.createCallNotPermittedException(breaker);
        }
        return null;
      default:
        if (method.isDefault()) {
          return InvocationHandler.invokeDefault(proxy, method, arguments);
        }
    }
    try {
      return method.invoke(breaker, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
