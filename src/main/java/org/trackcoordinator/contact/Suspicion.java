package org.trackcoordinator.contact;

import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;

/** Tells the failures that a database which is away would cause from all others. */
public final class Suspicion {

  /** The server, or the database in it, takes no changes: a standby, or set so by somebody. */
  public static final String READ_ONLY = "25006";

  private static final int MOST_CAUSES = 50;

  private Suspicion() {}

  /** The first suspicious failure among this one and its causes. */
  public static Optional<SQLException> in(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      if (cause instanceof SQLException sql && isSuspicious(sql)) {
        return Optional.of(sql);
      }
      cause = cause.getCause();
    }
    return Optional.empty();
  }

  private static boolean isSuspicious(SQLException failure) {
    String state = failure.getSQLState();
    if (state == null) {
      return failure instanceof SQLTransientConnectionException
          || failure.getCause() instanceof IOException
          || "Connection is closed".equals(failure.getMessage());
    }
    return state.startsWith("08")
        || state.startsWith("57P")
        || state.startsWith("58")
        || state.equals("53300")
        || state.equals(READ_ONLY);
  }
}
