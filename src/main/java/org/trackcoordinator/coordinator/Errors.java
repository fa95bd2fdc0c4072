package org.trackcoordinator.coordinator;

import java.sql.SQLException;
import java.util.Set;
import org.apache.camel.CamelExchangeException;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.RuntimeCamelException;

/** What is recorded of an exception: the class and message of what really happened. */
final class Errors {

  private static final int MOST_CHARACTERS = 10_000;
  private static final int MOST_CAUSES = 50;
  private static final Set<Class<?>> WRAPPERS =
      Set.of(
          CamelExecutionException.class, CamelExchangeException.class, RuntimeCamelException.class);

  private Errors() {}

  static String className(Throwable failure) {
    return cause(failure).getClass().getName();
  }

  /** What the database said, if it was the database, else the message of what happened. */
  static String ofDatabase(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      if (cause instanceof SQLException) {
        return message(cause);
      }
      cause = cause.getCause();
    }
    return failure == null ? "unknown" : message(failure);
  }

  /** Never null; without the characters that PostgreSQL can't store. */
  static String message(Throwable failure) {
    Throwable cause = cause(failure);
    String message =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    String safe = message.replace("\0", "\\0");
    return safe.length() <= MOST_CHARACTERS ? safe : safe.substring(0, MOST_CHARACTERS) + "…";
  }

  /** Camel wraps; the wrapper says nothing that its cause does not. */
  private static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while (WRAPPERS.contains(cause.getClass()) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
