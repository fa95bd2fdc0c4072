package org.trackcoordinator.coordinator;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The bean {@code freeWorkers}: what is triggered goes to workers of this instance that have room,
 * in the transaction that triggers it, without a claim of its own. Nobody is overtaken: a worker
 * that may have left work in the queue takes none.
 */
public final class FreeWorkers {

  private final TrackWorkComponent work;

  public FreeWorkers(TrackWorkComponent work) {
    this.work = work;
  }

  /** The handlers that workers of this instance serve. */
  public String[] handlers() {
    return work.servedHandlers();
  }

  /**
   * Keeps room free until the transaction ends.
   *
   * @param group the ready activations of one {@code handler}; {@code activations} is how many
   * @return the group, with what was offered as {@code hand_over} if there was room
   */
  public Map<String, Object> offer(Map<String, Object> group) {
    int activations = ((Number) group.get("activations")).intValue();
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
