package org.trackcoordinator.coordinator;

import java.util.List;
import java.util.Map;
import org.apache.camel.Body;
import org.apache.camel.Handler;
import org.apache.camel.Variable;
import org.trackcoordinator.observe.AfterCommit;
import org.trackcoordinator.observe.Metrics;

/**
 * The bean {@code attemptCount}: counts the attempts that a statement ended, of workers elsewhere
 * or by a clock. The body stays as it is.
 */
public final class AttemptCount {

  private final Metrics metrics;

  AttemptCount(Metrics metrics) {
    this.metrics = metrics;
  }

  /**
   * Counts them when the transaction has committed.
   *
   * @param ended has their {@code handlers}, and an {@code error_class} if a clock ended them
   * @param eventType how they ended otherwise
   */
  @Handler
  public void count(@Body Map<String, Object> ended, @Variable("trackEventType") String eventType) {
    List<String> handlers = PostgresArrays.elements((String) ended.get("handlers"));
    String outcome = "lease-lost".equals(ended.get("error_class")) ? "lease-lost" : eventType;
    AfterCommit.run(() -> handlers.forEach(handler -> metrics.attemptsEnded(handler, outcome, 1)));
  }
}
