package org.trackcoordinator.coordinator;

import java.sql.SQLException;
import org.apache.camel.Exchange;
import org.apache.camel.Handler;

/**
 * Why an exchange failed, in one line for people: what the database said, if it was the database.
 */
public final class FailureReason {

  private static final int MOST_CAUSES = 50;

  /** For log lines and rows that the routes write. */
  @Handler
  public String of(Exchange exchange) {
    Throwable failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      if (cause instanceof SQLException) {
        return Errors.message(cause);
      }
      cause = cause.getCause();
    }
    return failure == null ? "unknown" : Errors.message(failure);
  }
}
