package org.trackcoordinator.coordinator;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads from exchanges that came back how their attempts ended. */
final class Outcomes {

  private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);

  private final CamelContext context;
  private final Payloads payloads;

  Outcomes(CamelContext context, Payloads payloads) {
    this.context = context;
    this.payloads = payloads;
  }

  /**
   * What an exchange came to.
   *
   * @param thrown what the route failed with; null if it went well, whatever it left as its result
   * @param failure what the attempt fails with; null if it is completed
   * @param payload of the event that says so
   * @param retryable whether the worker leaves it open to try again
   */
  record Outcome(Throwable thrown, Throwable failure, String payload, boolean retryable) {

    String eventType() {
      return failure == null ? "completed" : "failed";
    }
  }

  /** Of an exchange that came back: completed with its body, or failed. */
  Outcome of(Exchange exchange) {
    boolean retryable = true;
    Throwable thrown;
    try {
      retryable =
          !Boolean.FALSE.equals(exchange.getMessage().getHeader("trackRetry", Boolean.class));
      thrown = failureOf(exchange);
    } catch (Exception | Error e) { // what the route left is converted by code of its own
      thrown = e;
    }
    if (thrown != null) {
      return new Outcome(thrown, thrown, errorPayload(thrown, retryable), retryable);
    }
    try {
      return new Outcome(null, null, payloads.text(exchange), retryable);
    } catch (Exception | Error e) {
      return new Outcome(null, e, errorPayload(e, retryable), retryable);
    }
  }

  /** Does it say something of the target of the track: that it works, or that it is in trouble? */
  boolean speaksOfTarget(Outcome outcome) {
    return outcome.thrown() == null
        || (outcome.retryable()
            && !(outcome.thrown() instanceof LostAttempt)
            && Errors.blamesTarget(Errors.status(context, outcome.thrown())));
  }

  /** The payload of a failed event whose worker leaves it open to try again. */
  String errorPayload(Throwable failure) {
    return errorPayload(failure, true);
  }

  private String errorPayload(Throwable failure, boolean retryable) {
    return payloads.error(
        Errors.className(failure),
        Errors.message(failure),
        Errors.status(context, failure),
        retryable);
  }

  /** Logs a failure; a lost attempt was told of when it was learned. */
  static void tell(Attempt attempt, Throwable failure) {
    if (failure instanceof LostAttempt) {
      return;
    }
    LOG.warn(
        "attempt {} of track {} in run {} failed with {}; its chain has the message",
        attempt.number(),
        attempt.trackId(),
        attempt.correlationId(),
        Errors.className(failure)); // what a worker says may quote its input, or a secret
    LOG.debug("attempt {} of track {} failed", attempt.number(), attempt.trackId(), failure);
  }

  private static Throwable failureOf(Exchange exchange) {
    Throwable failure = exchange.getException();
    if (failure == null && exchange.isRollbackOnly()) {
      failure = new IllegalStateException("the route rolled the exchange back");
    }
    boolean reported =
        "failed".equals(exchange.getMessage().getHeader("trackOutcome", String.class));
    if (failure == null && reported) {
      failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
      if (failure == null) {
        String text = exchange.getMessage().getBody(String.class);
        failure = new ReportedFailure(text == null ? "" : text);
      }
    }
    return failure;
  }

  /** A route said by itself, with the header {@code trackOutcome}, that its attempt failed. */
  static final class ReportedFailure extends Exception {
    ReportedFailure(String message) {
      super(message);
    }
  }
}
