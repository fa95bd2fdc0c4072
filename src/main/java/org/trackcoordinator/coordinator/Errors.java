package org.trackcoordinator.coordinator;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import java.sql.SQLException;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelExchangeException;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.support.PluginHelper;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

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
    SQLException said = saidByDatabase(failure);
    return said != null ? message(said) : failure == null ? "unknown" : message(failure);
  }

  /**
   * As {@link #ofDatabase}, for a log: without the detail that the database adds, which quotes
   * whole rows, payloads and all.
   */
  static String forLog(Throwable failure) {
    return saidByDatabase(failure) instanceof PSQLException said
            && said.getServerErrorMessage() != null
        ? withoutDetail(said.getServerErrorMessage())
        : ofDatabase(failure);
  }

  private static SQLException saidByDatabase(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      if (cause instanceof SQLException said) {
        return said;
      }
      cause = cause.getCause();
    }
    return null;
  }

  private static String withoutDetail(ServerErrorMessage said) {
    String hint = said.getHint() == null ? "" : ". Hint: " + said.getHint();
    return "%s: %s%s (SQLSTATE %s)"
        .formatted(said.getSeverity(), said.getMessage(), hint, said.getSQLState());
  }

  /** Never null; without the characters that PostgreSQL can't store. */
  static String message(Throwable failure) {
    Throwable cause = cause(failure);
    String message =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    String safe = message.replace("\0", "\\0");
    return safe.length() <= MOST_CHARACTERS ? safe : safe.substring(0, MOST_CHARACTERS) + "…";
  }

  /**
   * The HTTP status that an exception tells of by a property {@code statusCode}, as those of
   * Camel's HTTP components do; null if it tells of none.
   */
  static Integer status(CamelContext context, Throwable failure) {
    Object status =
        PluginHelper.getBeanIntrospection(context)
            .getOrElseProperty(cause(failure), "statusCode", null, false);
    return status instanceof Integer code && code >= 100 && code < 600 ? code : null;
  }

  /**
   * Does this failure say that the target of a track is in trouble? Not if the target told that the
   * request is wrong: HTTP 4xx, but for 408, 425 and 429, which pass with time. The same is said in
   * SQL by {@code blames_target}.
   */
  static boolean blamesTarget(Integer status) {
    return status == null
        || status < 400
        || status > 499
        || status == 408
        || status == 425
        || status == 429;
  }

  /** The breaker that refused, anywhere among the causes of a failure; null if none did. */
  static String refusedBy(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      if (cause instanceof CallNotPermittedException refused) {
        return refused.getCausingCircuitBreakerName();
      }
      cause = cause.getCause();
    }
    return null;
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
