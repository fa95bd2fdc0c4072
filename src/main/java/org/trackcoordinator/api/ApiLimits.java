package org.trackcoordinator.api;

import java.time.Duration;
import org.apache.camel.CamelContext;
import org.trackcoordinator.doors.ConnectionLimits;

/**
 * How much the REST interface takes; from {@code routes/api/api.properties}.
 *
 * @param reads what readers may do
 * @param writes what workers and operators may do
 * @param connections how many may be open at once, and how slow
 * @param bodyBytes the most of a body, in bytes
 * @param longestWait of a request that prefers to wait
 */
record ApiLimits(
    OfKind reads,
    OfKind writes,
    ConnectionLimits connections,
    long bodyBytes,
    Duration longestWait) {

  /**
   * The limits of one kind of requests.
   *
   * @param perSecond how many may come in a second
   * @param threads how many are worked on at once, each with a connection of the pool
   * @param bytes how much bodies and answers may take together, in bytes
   */
  record OfKind(int perSecond, int threads, long bytes) {}

  static ApiLimits of(CamelContext context) {
    return new ApiLimits(
        ofKind(context, "reads"),
        ofKind(context, "writes"),
        new ConnectionLimits(
            value(context, "api.connections", Integer.class),
            value(context, "api.request-time", Duration.class),
            value(context, "api.silence", Duration.class)),
        value(context, "api.body-bytes", Long.class),
        value(context, "api.longest-wait", Duration.class));
  }

  private static OfKind ofKind(CamelContext context, String kind) {
    return new OfKind(
        value(context, "api." + kind + ".per-second", Integer.class),
        value(context, "api." + kind + ".threads", Integer.class),
        value(context, "api." + kind + ".bytes", Long.class));
  }

  private static <T> T value(CamelContext context, String key, Class<T> type) {
    String text = context.resolvePropertyPlaceholders("{{" + key + "}}");
    T value = context.getTypeConverter().tryConvertTo(type, text);
    boolean positive =
        value instanceof Duration duration
            ? !duration.isNegative() && !duration.isZero()
            : value instanceof Number number && number.longValue() > 0;
    if (!positive) {
      throw new IllegalArgumentException(
          "%s=%s in routes/api/api.properties is not valid: allowed is %s above 0"
              .formatted(
                  key,
                  text,
                  type == Duration.class ? "a duration, such as 30s," : "a whole number"));
    }
    return value;
  }
}
