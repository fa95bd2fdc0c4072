package org.trackcoordinator.coordinator;

import org.apache.camel.Exchange;
import org.apache.camel.Handler;

/** Why an exchange failed, for people: what the database said, if it was the database. */
public final class FailureReason {

  /** For log lines: without what may quote a payload. */
  @Handler
  public String of(Exchange exchange) {
    return Errors.forLog(failure(exchange));
  }

  /** For rows that the routes write: all that was said. */
  public String whole(Exchange exchange) {
    return Errors.ofDatabase(failure(exchange));
  }

  private static Throwable failure(Exchange exchange) {
    return exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
  }
}
