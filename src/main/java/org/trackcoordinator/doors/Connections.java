package org.trackcoordinator.doors;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts the connections of a server and ends those that dawdle: that take too long over a request,
 * or over reading its answer, or are silent for too long between two. While a request waits for its
 * answer nothing is counted.
 */
final class Connections {

  private static final long NONE = -1;

  private final Vertx vertx;
  private final ConnectionLimits limits;
  private final Map<HttpConnection, Long> timers = new ConcurrentHashMap<>();

  Connections(Vertx vertx, ConnectionLimits limits) {
    this.vertx = vertx;
    this.limits = limits;
  }

  void opened(HttpConnection connection) {
    if (timers.size() >= limits.connections()) {
      connection.close();
      return;
    }
    timers.put(connection, NONE);
    connection.closeHandler(
        v -> {
          Long timer = timers.remove(connection);
          if (timer != null && timer != NONE) {
            vertx.cancelTimer(timer);
          }
        });
    limit(connection, limits.requestTime());
  }

  /** How many are open. */
  int open() {
    return timers.size();
  }

  /**
   * Ends a connection although its client has not read what was sent to it: {@link
   * HttpConnection#close} would wait for that.
   */
  private static void cutOff(HttpConnection connection) {
    ((ConnectionBase) connection).channelHandlerContext().close();
  }

  /** A request's head has come. */
  void begun(HttpServerRequest request) {
    limit(request.connection(), limits.requestTime());
  }

  /** All of a request has come: its answer may take what it takes. */
  void read(HttpServerRequest request) {
    limit(request.connection(), null);
  }

  /** The answer is on its way. */
  void answered(HttpServerRequest request) {
    limit(request.connection(), limits.silence());
  }

  private void limit(HttpConnection connection, Duration time) {
    timers.computeIfPresent(
        connection,
        (c, before) -> {
          if (before != NONE) {
            vertx.cancelTimer(before);
          }
          return time == null ? NONE : vertx.setTimer(time.toMillis(), id -> cutOff(connection));
        });
  }
}
