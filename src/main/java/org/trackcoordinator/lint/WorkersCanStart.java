package org.trackcoordinator.lint;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.trackcoordinator.workflow.Words;

/**
 * Settings of a worker that Camel refuses when it starts, and one that leases are too coarse for.
 */
final class WorkersCanStart implements Check {

  /** Leases are looked at every second. */
  private static final Duration SHORTEST_LEASE = Duration.ofSeconds(3);

  @Override
  public void look(Project project, Consumer<Finding> found) {
    project
        .routes()
        .ifPresent(
            routes -> routes.uses(Use.Serves.class).forEach(serves -> look(routes, serves, found)));
  }

  private static void look(Routes routes, Use.Serves serves, Consumer<Finding> found) {
    if ("".equals(serves.handler().known())) {
      found.accept(
          serves
              .handler()
              .place()
              .error("names no handler, so run will not start; add the parameter handler"));
    }
    Value concurrency = serves.concurrency();
    if (concurrency.isKnown() && !concurrency.known().matches("0*[1-9][0-9]{0,8}")) {
      found.accept(
          concurrency
              .place()
              .error(
                  "concurrency must be a whole number from 1 on, not %s: run will not start",
                  Words.quote(concurrency.known())));
    }
    lease(serves.lease(), found);
    Text autoStartup = serves.route().autoStartup();
    if (autoStartup != null && autoStartup.value().equals("false") && isAlone(routes, serves)) {
      found.accept(
          autoStartup
              .place()
              .warning(
                  "only this route serves the handler %s, and it does not start by itself; remove autoStartup, or let a setting decide as in \"{{drive.enabled}}\"",
                  Words.quote(serves.handler().known())));
    }
  }

  private static void lease(Value lease, Consumer<Finding> found) {
    if (!lease.isKnown()) {
      return;
    }
    Optional<Duration> duration = Leases.duration(lease);
    if (duration.isEmpty()) {
      found.accept(
          lease
              .place()
              .error(
                  "lease must be a duration longer than 0 such as 30s or 1m, not %s: run will not start",
                  Words.quote(lease.known())));
    } else if (duration.get().compareTo(SHORTEST_LEASE) < 0) {
      found.accept(
          lease
              .place()
              .warning(
                  "a lease of %s ends before it is looked at twice, so work is done again; give it 3s or more, with its unit",
                  Spoken.of(duration.get())));
    }
  }

  private static boolean isAlone(Routes routes, Use.Serves serves) {
    return serves.handler().isKnown()
        && routes.uses(Use.Serves.class).stream()
                .filter(other -> serves.handler().known().equals(other.handler().known()))
                .count()
            == 1;
  }
}
