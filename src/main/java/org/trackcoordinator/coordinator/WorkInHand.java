package org.trackcoordinator.coordinator;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How much a worker has in hand, and how much it may have: what its slots take, and ahead of them
 * what is done within {@value #FAST_MILLIS} ms, but little of it while inputs are large. In hand is
 * what was claimed and is not recorded, and room that is kept free for what may come.
 */
final class WorkInHand {

  private static final int MOST_AT_ONCE = 1000; // what is large is seen before more is claimed

  private static final long FAST_MILLIS = 50;
  private static final int MOST_AHEAD = 4000;
  private static final long MOST_CHARS_AHEAD = 16_000_000; // of inputs that lie in memory

  private final int slots;
  private final AtomicInteger count = new AtomicInteger();
  private volatile long averageNanos = -1;
  private volatile long largeInput; // the longest of late, in characters

  /**
   * @param slots how many are worked on at a time
   */
  WorkInHand(int slots) {
    this.slots = slots;
  }

  int count() {
    return count.get();
  }

  boolean hasFreeSlot() {
    return count.get() < slots;
  }

  /** So many are recorded, given back, or did not come. */
  void free(int number) {
    count.addAndGet(-number);
  }

  /**
   * Keeps room free for what is about to be triggered.
   *
   * @param most how much is wanted
   * @return how much there is
   */
  int reserve(int most) {
    return keep(most, capacity());
  }

  /**
   * Keeps room free for a claim.
   *
   * @param backlog whether more waits than was claimed
   * @return how much there is, at most {@value #MOST_AT_ONCE}
   */
  int reserveForClaim(boolean backlog) {
    return keep(MOST_AT_ONCE, mostAfterClaim(backlog));
  }

  private int keep(int most, int mostInHand) {
    while (true) {
      int now = count.get();
      int room = Math.min(most, mostInHand - now);
      if (room <= 0) {
        return 0;
      }
      if (count.compareAndSet(now, now + room)) {
        return room;
      }
    }
  }

  /** One free slot, or of a backlog half of what may be claimed: fewer and larger claims. */
  boolean hasRoomToClaim(boolean backlog) {
    int most = mostAfterClaim(backlog);
    boolean many = backlog && most > slots;
    return most - count.get() >= (many ? Math.max(1, most / 2) : 1);
  }

  /**
   * While a backlog waits it is half of what may be ahead, so that a worker leaves its successors
   * room for what it hands over to them.
   */
  private int mostAfterClaim(boolean backlog) {
    int ahead = capacity() - slots;
    return slots + (backlog ? ahead / 2 : ahead);
  }

  private int capacity() {
    long average = averageNanos;
    long fast = TimeUnit.MILLISECONDS.toNanos(FAST_MILLIS);
    if (average < 0 || average >= fast) {
      return slots;
    }
    long ahead =
        Math.min(fast * slots / Math.max(average, 1), MOST_CHARS_AHEAD / Math.max(largeInput, 1));
    return slots + (int) Math.min(MOST_AHEAD, ahead);
  }

  /** Another input came; those before it count less and less. */
  void came(String input) {
    largeInput = Math.max(input.length(), largeInput - largeInput / 64);
  }

  /** Another piece of work took so long. */
  void took(long nanos) {
    long average = averageNanos;
    averageNanos = average < 0 ? nanos : average + (nanos - average) / 8;
  }

  /** Work takes longer than was thought: nothing is claimed ahead until that is known better. */
  void isSlow() {
    averageNanos = Math.max(averageNanos, TimeUnit.MILLISECONDS.toNanos(FAST_MILLIS));
  }
}
