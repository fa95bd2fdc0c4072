package org.trackcoordinator.database;

import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Set;
import org.postgresql.util.PSQLException;

/** Tells what a failed connection means: whether to wait, and how to say it to people. */
final class ConnectionFailure {

  /** Classes that time can heal: connections, resources, an operator's intervention, the system. */
  private static final Set<String> TRANSIENT = Set.of("08", "53", "57", "58");

  /** The driver's own refusals, such as a password that is asked for and not there. */
  private static final String REJECTED = "08004";

  private ConnectionFailure() {}

  /** Whether the same connection may succeed later without anybody changing the configuration. */
  static boolean isTransient(SQLException failure) {
    String state = failure.getSQLState();
    return state != null
        && state.length() == 5
        && TRANSIENT.contains(state.substring(0, 2))
        && !state.equals(REJECTED);
  }

  /** The cause in a few words. */
  static String cause(SQLException failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    if (failure instanceof PSQLException sql && sql.getServerErrorMessage() != null) {
      return sql.getServerErrorMessage().getMessage();
    }
    return root instanceof UnknownHostException
        ? "unknown host " + root.getMessage()
        : root.getMessage();
  }
}
