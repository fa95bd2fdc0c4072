package org.trackcoordinator.coordinator;

import org.apache.camel.Exchange;
import org.apache.camel.Handler;

/**
 * Why an exchange failed, in one line for people: what the database said, if it was the database.
 */
public final class FailureReason {

  /** For log lines and rows that the routes write. */
  @Handler
  public String of(Exchange exchange) {
    return Errors.ofDatabase(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class));
  }
}
