package org.trackcoordinator.coordinator;

import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Handler;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.CannotCreateTransactionException;

/**
 * Is the database at fault, so that the same transaction may go well a little later? SQLSTATE
 * classes 08 (connection), 40 (rollback), 53 (resources), 55 (state), 57 (operator intervention),
 * and a pool that has no connection to give.
 */
public final class TransientFailure {

  private static final Set<String> CLASSES = Set.of("08", "40", "53", "55", "57");

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
        cause != null && depth < 50;
        cause = cause.getCause(), depth++) {
      if (cause instanceof SQLTransientException
          || cause instanceof CannotCreateTransactionException
          || cause instanceof DataAccessResourceFailureException) {
        return true;
      }
      if (cause instanceof SQLException sql
          && sql.getSQLState() != null
          && sql.getSQLState().length() == 5
          && CLASSES.contains(sql.getSQLState().substring(0, 2))) {
        return true;
      }
    }
    return false;
  }
}
