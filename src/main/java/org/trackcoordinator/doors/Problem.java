package org.trackcoordinator.doors;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpServerResponse;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.coordinator.TransientFailure;

/**
 * An answer that says what went wrong, as problem details (RFC 9457): {@code type}, {@code title},
 * {@code status} and {@code detail}, and of ours {@code hint}, what to do, and {@code code}, the
 * SQLSTATE. It never tells of classes, statements or hosts.
 *
 * @param status of HTTP, from 400 to 599
 * @param code the SQLSTATE; null if it was not the database that refused
 * @param detail what is wrong, for people
 * @param hint what to do about it; null if there is nothing to say
 */
public record Problem(int status, String code, String detail, String hint) {

  /** The type of its body. */
  public static final String CONTENT_TYPE = "application/problem+json";

  private static final String RETRY_AFTER_SECONDS = "1";

  private static final Logger LOG = LoggerFactory.getLogger(Problem.class);
  private static final JsonMapper JSON = new JsonMapper();
  private static final String RAISE = "exec_stmt_raise"; // where in the server: RAISE of PL/pgSQL
  private static final int MOST_CAUSES = 50;
  private static final int MOST_CHARACTERS = 2_000;

  public Problem(int status, String detail) {
    this(status, null, detail, null);
  }

  public Problem(int status, String detail, String hint) {
    this(status, null, detail, hint);
  }

  /** What to answer where this was thrown. Only what is nobody's mistake is logged. */
  public static Problem of(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++, cause = cause.getCause()) {
      if (cause instanceof RefusedRequest refused) {
        return refused.problem();
      } else if (cause instanceof RejectedExecutionException) {
        return new Problem(
            503, "Too many requests are in work", "Try again after the time in Retry-After.");
      } else if (cause instanceof PSQLException said && said.getServerErrorMessage() != null) {
        Problem refusal = ofDatabase(said.getServerErrorMessage());
        if (refusal != null) {
          return refusal;
        }
      }
    }
    if (TransientFailure.isTransient(failure)) {
      return new Problem(
          503,
          "The database is away, or too busy",
          "Try again after the time in Retry-After; a start with an idempotency key, and whatever names an"
              + " attempt, may be repeated safely.");
    }
    String instance = UUID.randomUUID().toString();
    LOG.error("a request failed with {}; instance {}", kind(failure), instance);
    LOG.debug("instance {}", instance, failure);
    return new Problem(
        500, "Something went wrong here", "The log of the coordinator names instance " + instance);
  }

  /**
   * What a function of ours raised for its caller, or the database refuses as a value (class 22);
   * null if it is a failure. What else the database says by itself names tables and constraints,
   * and is for the log.
   */
  private static Problem ofDatabase(ServerErrorMessage said) {
    String state = String.valueOf(said.getSQLState());
    if (state.equals("57014")) {
      return new Problem(
          503, state, "It took longer than the database may work on it", "Ask for less, or later.");
    }
    int status =
        switch (state) {
          case "42501" -> 403;
          case "42704" -> 404;
          case "23505", "55000", "55006" -> 409;
          case "54000" -> 413;
          default -> state.startsWith("22") ? 400 : 0;
        };
    boolean isRaised = RAISE.equals(said.getRoutine());
    if (status == 413 && !isRaised) {
      return new Problem(
          status, state, "That is more than the database takes at once", "Send or ask for less.");
    }
    if (status == 0 || (status != 400 && !isRaised)) {
      return null;
    }
    String hint = said.getHint() != null ? said.getHint() : said.getDetail();
    return new Problem(status, state, said.getMessage(), hint);
  }

  /** For the log: nothing of what the request brought. */
  private static String kind(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return cause instanceof SQLException sql
        ? "SQLSTATE " + sql.getSQLState()
        : cause.getClass().getName();
  }

  /** Answers with it, if somebody is still there. */
  public void send(HttpServerResponse response) {
    if (response.closed() || response.ended()) {
      return;
    }
    if (status == 429 || status == 503) {
      response.putHeader("Retry-After", RETRY_AFTER_SECONDS);
    }
    response.setStatusCode(status).putHeader("Content-Type", CONTENT_TYPE).end(json());
  }

  /** The body of the answer. */
  String json() {
    ObjectNode body = JSON.createObjectNode();
    body.put("type", "about:blank");
    body.put("title", title());
    body.put("status", status);
    body.put("detail", shortened(detail));
    if (hint != null) {
      body.put("hint", shortened(hint));
    }
    if (code != null) {
      body.put("code", code);
    }
    return body.toString();
  }

  private String title() {
    return switch (status) {
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 409 -> "Conflict";
      case 413 -> "Content Too Large";
      case 415 -> "Unsupported Media Type";
      case 429 -> "Too Many Requests";
      case 503 -> "Service Unavailable";
      default -> status < 500 ? "Request Refused" : "Internal Server Error";
    };
  }

  private static String shortened(String text) {
    return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS) + "…";
  }
}
