package org.trackcoordinator.coordinator;

import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Handler;
import org.springframework.transaction.CannotCreateTransactionException;

/**
 * Is the database at fault, so that the same transaction may go well a little later? SQLSTATE
 * classes 08 (connection), 40 (rollback), 53 (resources), 55 (state), 57 (operator intervention),
 * 58 (system), 25006 (the server is a standby: a failover is under way), and 25P03 (we stood still
 * in a transaction for so long that the server ended it).
 *
 * <p>Without a SQLSTATE it is what pool and driver say of a connection that they can't give, or
 * that was closed below its user.
 */
public final class TransientFailure {

  private static final Set<String> CLASSES = Set.of("08", "40", "53", "55", "57", "58");
  private static final Set<String> UNDONE = Set.of("40001", "40P01");
  private static final String READ_ONLY = "25006";
  private static final String IDLE_IN_TRANSACTION = "25P03";
  // half of the batch may be done in time, the same again will not; see LimitReached
  private static final String CANCELED = "57014";
  private static final int MOST_CAUSES = 50;

  /** For {@code onWhen} in the routes. */
  @Handler
  public boolean test(Exchange exchange) {
    Throwable failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    return isTransient(failure != null ? failure : exchange.getException());
  }

  /** Looks through all causes of the failure; null is none. */
  public static boolean isTransient(Throwable failure) {
    int depth = 0;
    for (Throwable cause = failure;
        cause != null && depth < MOST_CAUSES;
        cause = cause.getCause(), depth++) {
      if (cause instanceof CannotCreateTransactionException
          || cause instanceof SQLTransientException
          || (cause instanceof SQLException sql && isTransient(sql))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Was the statement undone because others did the same at once, so that it did nothing (a
   * deadlock, a failed serialization)? Looks through all causes; null is none.
   */
  public static boolean isUndone(Throwable failure) {
    int depth = 0;
    for (Throwable cause = failure;
        cause != null && depth < MOST_CAUSES;
        cause = cause.getCause(), depth++) {
      if (cause instanceof SQLException sql && UNDONE.contains(String.valueOf(sql.getSQLState()))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isTransient(SQLException failure) {
    String state = failure.getSQLState();
    if (state == null) {
      return isClosed(failure) || failure.getCause() instanceof IOException;
    }
    return state.equals(READ_ONLY)
        || state.equals(IDLE_IN_TRANSACTION)
        || (state.length() == 5
            && !state.equals(CANCELED)
            && CLASSES.contains(state.substring(0, 2)));
  }

  /** HikariCP says only this when a connection broke in the transaction that goes on to use it. */
  private static boolean isClosed(SQLException failure) {
    return "Connection is closed".equals(failure.getMessage());
  }
}
