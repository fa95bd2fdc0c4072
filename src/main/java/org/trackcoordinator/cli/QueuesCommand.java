package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "queues",
    description = {
      "Show how much waits: events for the coordinator, and work of each handler for its workers.",
      "depth is all that is not done: ready, in progress, held, and what is due later."
    })
final class QueuesCommand extends OperationCommand {

  @Option(names = "--json", description = "Print one JSON object per queue.")
  private boolean json;

  @Override
  int call(Operations operations) {
    JsonNode queues = operations.call(Operation.LIST_QUEUES, Json.object()).path("queues");
    if (json) {
      queues.forEach(queue -> give(object(queue)));
    } else {
      print(queues);
    }
    return 0;
  }

  private void print(JsonNode queues) {
    Table table =
        new Table("queue", "handler", "depth", "ready", "in progress", "held", "oldest")
            .right("depth", "ready", "in progress", "held", "oldest");
    for (JsonNode queue : queues) {
      Duration oldest = Answers.seconds(queue, "oldestSeconds");
      table.row(
          Answers.text(queue, "queue"),
          Answers.text(queue, "handler"),
          Answers.text(queue, "depth"),
          Answers.text(queue, "ready"),
          Answers.text(queue, "inProgress"),
          Answers.text(queue, "held"),
          oldest == null ? null : ChainTable.text(oldest));
    }
    table.print(out());
  }

  private static JsonNode object(JsonNode queue) {
    return Answers.pick(
        queue, "queue", "handler", "depth", "ready", "inProgress", "held", "oldestSeconds");
  }
}
