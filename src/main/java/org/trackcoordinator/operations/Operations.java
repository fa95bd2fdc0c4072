package org.trackcoordinator.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;

/** The coordinator, wherever it is: a database with its schema, or a running server. */
public interface Operations extends AutoCloseable {

  /**
   * Does an operation.
   *
   * @param argument as the operation's function describes it; a key that is null is left out
   * @return the function's answer, the same from a database and from a server
   * @throws RefusedOperation if it is refused or fails; the message says why and what to do
   */
  ObjectNode call(Operation operation, ObjectNode argument);

  /**
   * Waits until a run is at its end, but no longer than the given time.
   *
   * @return the run as it is then, see {@code run_json}: its {@code state} may be {@code running}
   * @throws RefusedOperation as {@link #call}; waiting for a run changes nothing, so it may be
   *     repeated if {@link RefusedOperation#mayPass}
   */
  ObjectNode awaitEnd(String correlationId, Duration time);

  /** Where it is, for people, without secrets. */
  String place();

  @Override
  void close();
}
