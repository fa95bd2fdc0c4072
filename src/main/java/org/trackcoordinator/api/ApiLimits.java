package org.trackcoordinator.api;

import java.time.Duration;
import org.apache.camel.CamelContext;

/**
 * How much the REST interface takes; from {@code routes/api/api.properties}.
 *
 * @param threads how many requests are worked on at once, each with a connection of the pool
 * @param connections how many may be open at once
 * @param bodyBytes the most of a body, in bytes
 * @param readsPerSecond what readers may do
 * @param writesPerSecond what workers and operators may do
 * @param longestWait of a request that prefers to wait
 * @param requestTime how long the head and the body of a request may take to come
 * @param silence how long a connection may do nothing between requests
 */
record ApiLimits(
    int threads,
    int connections,
    long bodyBytes,
    int readsPerSecond,
    int writesPerSecond,
    Duration longestWait,
    Duration requestTime,
    Duration silence) {

  static ApiLimits of(CamelContext context) {
    return new ApiLimits(
        value(context, "api.threads", Integer.class),
        value(context, "api.connections", Integer.class),
        value(context, "api.body-bytes", Long.class),
        value(context, "api.reads.per-second", Integer.class),
        value(context, "api.writes.per-second", Integer.class),
        value(context, "api.longest-wait", Duration.class),
        value(context, "api.request-time", Duration.class),
        value(context, "api.silence", Duration.class));
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
