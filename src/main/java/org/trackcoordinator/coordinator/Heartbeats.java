package org.trackcoordinator.coordinator;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the route {@code extend-leases} asks and tells: which attempts are due for a heartbeat, and
 * what became of them. Only what is in Camel's inflight registry at that moment is due: an attempt
 * whose exchange got lost in this process loses its lease as if the process had ended.
 */
public final class Heartbeats {

  private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);

  private final TrackWorkComponent work;

  Heartbeats(TrackWorkComponent work) {
    this.work = work;
  }

  /**
   * What {@link #due} found.
   *
   * @param attempts those to extend, in the order of the arrays of the statement
   * @param whenNanos it was found
   */
  public record Due(List<RunningAttempt> attempts, long whenNanos) {}

  /** Gives back what was claimed and waits for so long that its lease would end. */
  public void giveBackStale() {
    work.giveBackStale();
  }

  /** The attempts that are due, and notes where each one is. */
  public Due due() {
    long now = System.nanoTime();
    Collection<RunningAttempt> all = work.running();
    if (all.isEmpty()) {
      return new Due(List.of(), now);
    }
    InFlight inFlight = new InFlight(work.getCamelContext().getInflightRepository());
    List<RunningAttempt> due = new ArrayList<>();
    for (RunningAttempt attempt : all) {
      if (inFlight.has(attempt.exchangeId())) {
        attempt.seenAt(inFlight.step(attempt.exchangeId()), now);
        if (attempt.isDue(now)) {
          due.add(attempt);
        }
      }
    }
    return new Due(due, now);
  }

  /** For {@code extend-leases.sql}: one array per column. */
  public Map<String, Object> arrays(Due due) {
    int n = due.attempts().size();
    String[] correlationIds = new String[n];
    int[] trackNos = new int[n];
    int[] numbers = new int[n];
    String[] leases = new String[n];
    String[] doings = new String[n];
    String[] doingFors = new String[n];
    for (int i = 0; i < n; i++) {
      RunningAttempt one = due.attempts().get(i);
      correlationIds[i] = one.attempt().correlationId();
      trackNos[i] = one.attempt().trackNo();
      numbers[i] = one.attempt().number();
      leases[i] = one.lease().toString();
      doings[i] = one.step();
      doingFors[i] = one.atStepFor(due.whenNanos()).toString();
    }
    Map<String, Object> arrays = new HashMap<>();
    arrays.put("attempts_count", n);
    arrays.put("correlation_ids", correlationIds);
    arrays.put("track_nos", trackNos);
    arrays.put("attempts", numbers);
    arrays.put("leases", leases);
    arrays.put("doings", doings);
    arrays.put("doing_fors", doingFors);
    return arrays;
  }

  /**
   * Learns what became of them; of those that are lost the exchange does no further step.
   *
   * @param answers the rows of {@code extend-leases.sql}
   */
  public void learn(Due due, List<Map<String, Object>> answers) {
    Set<RunningAttempt> stillRunning = Set.copyOf(work.running());
    for (Map<String, Object> answer : answers) {
      RunningAttempt one = due.attempts().get((Integer) answer.get("place") - 1);
      if (Boolean.TRUE.equals(answer.get("extended"))) {
        one.extended(due.whenNanos());
      } else if (Boolean.TRUE.equals(answer.get("lost")) && stillRunning.contains(one)) {
        lost(one, (String) answer.get("why")); // what ended meanwhile is only recorded
      }
    }
  }

  private static void lost(RunningAttempt one, String why) {
    if (one.lose(why)) {
      LOG.warn(
          "attempt {} of track {} in run {} is no longer this worker's: {}; it is at {},"
              + " what follows is not done, and what it ends with is late",
          one.attempt().number(),
          one.attempt().trackId(),
          one.attempt().correlationId(),
          why,
          one.step());
    }
  }
}
