package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.UUID;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "cancel",
    description = "End a run: what is not at its end is cancelled. It can't be retried.")
final class CancelCommand extends OperationCommand {

  @Parameters(paramLabel = "CORRELATION_ID", description = "The run's correlation id.")
  private UUID correlationId;

  @Mixin private Author author;

  @Option(names = "--json", description = "Print one JSON object, and nothing else.")
  private boolean json;

  @Override
  int call(Operations operations) {
    ObjectNode argument = Json.object().put("correlationId", correlationId.toString());
    ObjectNode answer = operations.call(Operation.CANCEL_RUN, author.signed(argument));
    if (json) {
      give(answer);
    } else {
      say(
          "Run %s %s",
          correlationId,
          answer.path("cancelled").asBoolean()
              ? "is cancelled"
              : "was at its end before: nothing was done");
    }
    return 0;
  }
}
