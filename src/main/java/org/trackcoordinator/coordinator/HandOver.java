package org.trackcoordinator.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.transaction.support.TransactionSynchronization;

/**
 * Room that a worker of this instance keeps free for what a transaction is about to trigger. What
 * the transaction gave it, it has claimed when that has committed; otherwise the room is free
 * again.
 */
final class HandOver implements TransactionSynchronization {

  private final TrackWorkConsumer consumer;
  private final int room;
  private final String claim;
  private final long changesBefore;
  private final long begunNanos = System.nanoTime();
  private final List<Attempt> attempts = new ArrayList<>();

  /**
   * @param room how many slots of the consumer are kept free, at least 1
   * @param claim the name under which work is claimed
   * @param changesBefore {@link Circuits#changes} before the gates are asked
   */
  HandOver(TrackWorkConsumer consumer, int room, String claim, long changesBefore) {
    this.consumer = consumer;
    this.room = room;
    this.claim = claim;
    this.changesBefore = changesBefore;
  }

  String handler() {
    return consumer.handler();
  }

  int room() {
    return room;
  }

  String lease() {
    return consumer.lease().toString();
  }

  String claim() {
    return claim;
  }

  /** A row that the transaction gave it; its lease begins a little later than this. */
  void gets(Map<String, Object> row) {
    attempts.add(Attempt.of(row, handler(), begunNanos));
  }

  @Override
  public void afterCompletion(int status) {
    try {
      if (status == STATUS_COMMITTED && !attempts.isEmpty()) {
        consumer.take(attempts, changesBefore);
      } else if (status == STATUS_UNKNOWN && !attempts.isEmpty()) {
        consumer.doubt(claim);
      }
    } finally {
      consumer.release(status == STATUS_COMMITTED ? room - attempts.size() : room);
    }
  }
}
