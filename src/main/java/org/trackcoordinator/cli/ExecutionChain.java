package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;

/** Asks what happened in a run. */
public final class ExecutionChain {

  private ExecutionChain() {}

  /**
   * The events of a run in order.
   *
   * @throws org.trackcoordinator.operations.RefusedOperation if there is no such run
   */
  public static List<ChainRow> read(Operations operations, UUID correlationId) {
    JsonNode run =
        operations.call(
            Operation.READ_RUN, Json.object().put("correlationId", correlationId.toString()));
    List<ChainRow> rows = new ArrayList<>();
    run.path("events").forEach(event -> rows.add(row(event)));
    return rows;
  }

  private static ChainRow row(JsonNode event) {
    return new ChainRow(
        event.hasNonNull("eventId") ? event.path("eventId").asLong() : null,
        Answers.text(event, "trackId"),
        Answers.text(event, "eventType"),
        event.hasNonNull("attempt") ? event.path("attempt").asInt() : null,
        Answers.time(event, "createdAt"),
        Answers.seconds(event, "durationSeconds"),
        Answers.text(event, "sourceTrack"),
        Answers.text(event, "fate"),
        Answers.text(event, "detail"));
  }
}
