package org.trackcoordinator.database;

import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Set;
import java.util.regex.Pattern;
import org.postgresql.util.PSQLException;

/** Tells what a failed connection means: whether to wait, and how to say it to people. */
final class ConnectionFailure {

  /** Classes that time can heal: connections, resources, an operator's intervention, the system. */
  private static final Set<String> TRANSIENT = Set.of("08", "53", "57", "58");

  /** The driver's own refusals, such as a password that is asked for and not there. */
  private static final String REJECTED = "08004";

  /**
   * What PgBouncer says for good: all its refusals, those that time heals among them, have one
   * code.
   */
  private static final Pattern POOLER_REFUSES =
      Pattern.compile(
          "unsupported startup parameter|authentication failed|no such (?:user|database)"
              + "|(?:database|user|role) \"?\\S+ does not exist|transaction blocks not allowed");

  private static final String OF_POOLER = "08P01";

  private ConnectionFailure() {}

  /** Whether the same connection may succeed later without anybody changing the configuration. */
  static boolean isTransient(SQLException failure) {
    String state = failure.getSQLState();
    return state != null
        && state.length() == 5
        && TRANSIENT.contains(state.substring(0, 2))
        && !state.equals(REJECTED)
        && !(state.equals(OF_POOLER) && POOLER_REFUSES.matcher(cause(failure)).find());
  }

  /** The cause in a few words. */
  static String cause(SQLException failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    if (failure instanceof PSQLException sql && sql.getServerErrorMessage() != null) {
      String said = String.valueOf(sql.getServerErrorMessage().getMessage());
      return said + advice(said);
    }
    return root instanceof UnknownHostException
        ? "unknown host " + root.getMessage()
        : root.getMessage();
  }

  private static String advice(String said) {
    if (said.contains("startup parameter")) {
      return " (a pooler: leave options out of the URL, see docs/pgbouncer.md)";
    }
    return said.contains("transaction blocks not allowed")
        ? " (set pool_mode = transaction in the pooler, see docs/pgbouncer.md)"
        : "";
  }
}
