package org.trackcoordinator.api;

import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import org.trackcoordinator.doors.RefusedRequest;

/**
 * What requests of one kind, those that read or those that change something, may take: so many a
 * second, so many threads, so much memory. Neither kind holds the other up.
 */
final class Lane {

  private final RateLimiter limiter;
  private final Room room;
  private ExecutorService threads;

  /**
   * @param name what its settings are called: {@code reads} or {@code writes}
   */
  Lane(String name, ApiLimits.OfKind limits) {
    room = new Room(limits.bytes());
    limiter =
        RateLimiter.of(
            name,
            RateLimiterConfig.custom()
                .limitForPeriod(limits.perSecond())
                .limitRefreshPeriod(Duration.ofSeconds(1))
                .timeoutDuration(Duration.ZERO)
                .build());
  }

  void start(ExecutorService given) {
    threads = given;
  }

  ExecutorService threads() {
    return threads;
  }

  Room room() {
    return room;
  }

  /**
   * Counts a request.
   *
   * @throws RefusedRequest if there are too many
   */
  void count() {
    if (!limiter.acquirePermission()) {
      throw new RefusedRequest(
          429,
          "More than %d requests a second"
              .formatted(limiter.getRateLimiterConfig().getLimitForPeriod()),
          "Wait as Retry-After says; api.%s.per-second in routes/api/api.properties sets the limit."
              .formatted(limiter.getName()));
    }
  }
}
