package org.trackcoordinator.coordinator;

import java.sql.SQLException;
import java.util.Objects;
import org.apache.camel.Exchange;

/**
 * A limit was reached. Of time: a statement was cancelled (SQLSTATE 57014) by {@code
 * statement_timeout}, or by an operator; the server does not tell which. Or of memory: {@link
 * OutOfMemoryError}, whoever in this process used it up.
 *
 * <p>Less may be done within it, so a batch is halved; an event alone, which may be as innocent, is
 * tried {@value #MOST_TRIES} times with a growing pause before it is blamed.
 */
public final class LimitReached {

  static final int MOST_TRIES = 5;
  private static final String CANCELLED = "57014";
  private static final long FIRST_PAUSE_MILLIS = 250;
  private static final int MOST_CAUSES = 50;

  private String events;
  private int tries;

  /** Counts a failure of these events. Returns whether they deserve another try. */
  public synchronized boolean isWorthAnotherTry(Exchange exchange) {
    if (!isIn(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class))) {
      events = null;
      return false;
    }
    String claimed = exchange.getVariable("trackClaimedEventIds", String.class);
    tries = Objects.equals(claimed, events) ? tries + 1 : 1;
    events = claimed;
    return tries < MOST_TRIES;
  }

  /** How many milliseconds to wait before it. */
  public synchronized long getPause() {
    return pauseAfter(tries);
  }

  /** Milliseconds after so many tries. */
  static long pauseAfter(int tries) {
    return FIRST_PAUSE_MILLIS << (tries - 1);
  }

  /** Looks through all causes of the failure; null is none. */
  static boolean isIn(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      if (cause instanceof OutOfMemoryError
          || (cause instanceof SQLException sql && CANCELLED.equals(sql.getSQLState()))) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}
