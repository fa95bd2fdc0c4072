package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * Whether the loops of this instance have their turns, see {@link Turns}. While the database is
 * away they wait for it, and some time after.
 *
 * <p>As the readiness check {@code polling} it is down soon, since others should get the requests.
 * As the liveness check {@code loops} only after so long that no statement, lock or batch can be
 * the reason, or at once if a loop broke: then a restart helps, and nothing else.
 */
final class PollingHealth extends AbstractHealthCheck {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration HOPELESS = Duration.ofMinutes(10);

  private final Turns turns;
  private final Predicate<Duration> isThereFor;
  private final Duration longest;
  private final boolean isLiveness;

  private PollingHealth(
      String id,
      Turns turns,
      Predicate<Duration> isThereFor,
      Duration longest,
      boolean isLiveness) {
    super("track-coordinator", id);
    this.turns = turns;
    this.isThereFor = isThereFor;
    this.longest = longest;
    this.isLiveness = isLiveness;
  }

  /**
   * @param isThereFor whether the database has not been away for so long
   */
  static PollingHealth readiness(Turns turns, Predicate<Duration> isThereFor) {
    return new PollingHealth("polling", turns, isThereFor, SOON, false);
  }

  static PollingHealth liveness(Turns turns, Predicate<Duration> isThereFor) {
    return new PollingHealth("loops", turns, isThereFor, HOPELESS, true);
  }

  @Override
  public boolean isLiveness() {
    return isLiveness;
  }

  @Override
  public boolean isReadiness() {
    return !isLiveness;
  }

  @Override
  protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
    if (!turns.broken().isEmpty()) {
      builder.message("Broken: " + turns.broken() + "; restart this instance").down();
      return;
    }
    String late =
        turns.ago().entrySet().stream()
            .filter(turn -> turn.getValue().compareTo(longest) > 0)
            .map(turn -> "%s for %s".formatted(turn.getKey(), Marks.text(turn.getValue())))
            .collect(Collectors.joining(", "));
    if (late.isEmpty()) {
      builder.up();
    } else if (!isThereFor.test(longest)) {
      builder.message("Waits for the database, or did until lately").up();
    } else {
      builder
          .message(
              "Stalled: nothing looked for %s; if it stays so, take a thread dump and restart this instance"
                  .formatted(late))
          .down();
    }
  }
}
