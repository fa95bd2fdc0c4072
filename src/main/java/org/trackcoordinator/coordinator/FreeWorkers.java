package org.trackcoordinator.coordinator;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Body;
import org.apache.camel.Variable;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.trackcoordinator.observe.AfterCommit;
import org.trackcoordinator.observe.Metrics;

/**
 * The bean {@code freeWorkers}: what is triggered goes to workers of this instance that have room,
 * in the transaction that triggers it, without a claim of its own. Nobody is overtaken: a worker
 * that may have left work in the queue takes none.
 */
public final class FreeWorkers {

  private static final Set<String> ENDS_OF_RUNS = Set.of("begun", "ended");

  private final TrackWorkComponent work;
  private final Metrics metrics;

  public FreeWorkers(TrackWorkComponent work, Metrics metrics) {
    this.work = work;
    this.metrics = metrics;
  }

  /** The handlers that workers of this instance serve. */
  public String[] handlers() {
    return work.workers().servedHandlers();
  }

  /**
   * Keeps room free until the transaction ends.
   *
   * @param group the ready activations of one {@code handler}; {@code activations} is how many
   * @param because the type of the events that made them ready; null if a gate let them go
   * @return the group, with what was offered as {@code hand_over} if there was room
   */
  public Map<String, Object> offer(
      @Body Map<String, Object> group, @Variable("trackEventType") String because) {
    int activations = ((Number) group.get("activations")).intValue();
    count(group, activations, because);
    if (activations == 0 || !TransactionSynchronizationManager.isSynchronizationActive()) {
      return group;
    }
    HandOver handOver = work.offer((String) group.get("handler"), activations);
    if (handOver == null) {
      return group;
    }
    TransactionSynchronizationManager.registerSynchronization(handOver);
    Map<String, Object> offered = new HashMap<>(group);
    offered.put("hand_over", handOver);
    return offered;
  }

  private void count(Map<String, Object> group, int activations, String because) {
    String handler = (String) group.get("handler");
    List<String> holds = PostgresArrays.elements((String) group.get("held_reasons"));
    AfterCommit.run(
        () -> {
          if (activations > 0) {
            metrics.triggered(
                handler, activations, !ENDS_OF_RUNS.contains(String.valueOf(because)));
          }
          holds.forEach(reason -> metrics.held(handler, reason, 1));
        });
  }

  /**
   * Tells the workers what they got; they begin when the transaction has committed.
   *
   * @param triggered rows of {@code trigger.sql}
   * @return {@code handlers}: those with work that nobody got
   */
  public Map<String, Object> handOver(HandOvers offered, List<Map<String, Object>> triggered) {
    Set<String> queued = new HashSet<>();
    for (Map<String, Object> row : triggered) {
      String handler = (String) row.get("handler");
      if (row.get("correlation_id") == null) {
        queued.add(handler);
      } else {
        offered.to(handler).gets(row);
      }
    }
    return Map.of("handlers", List.copyOf(queued));
  }
}
