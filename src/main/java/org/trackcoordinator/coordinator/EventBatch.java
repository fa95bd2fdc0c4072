package org.trackcoordinator.coordinator;

/**
 * How many events the next transaction takes: halved after each that failed, down to the one event
 * that fails alone; doubled again after each that went well.
 */
public final class EventBatch {

  private final int most;
  private volatile int size;

  /**
   * @param most events in a batch, at least 1
   */
  public EventBatch(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("a batch has at least 1 event, not " + most);
    }
    this.most = most;
    this.size = most;
  }

  public int getSize() {
    return size;
  }

  public void halve() {
    size = Math.max(1, size / 2);
  }

  public void grow() {
    size = (int) Math.min(most, size * 2L);
  }
}
