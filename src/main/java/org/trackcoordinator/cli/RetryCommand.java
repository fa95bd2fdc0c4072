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
    name = "retry",
    description =
        "Let a run go on from what failed, with as many attempts again as its definition gives.")
final class RetryCommand extends OperationCommand {

  @Parameters(index = "0", paramLabel = "CORRELATION_ID", description = "The run's correlation id.")
  private UUID correlationId;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TRACK",
      description = "Only this track; default: all that failed.")
  private String track;

  @Mixin private Author author;

  @Option(names = "--json", description = "Print one JSON object, and nothing else.")
  private boolean json;

  @Override
  int call(Operations operations) {
    ObjectNode argument =
        Json.object().put("correlationId", correlationId.toString()).put("trackId", track);
    ObjectNode answer = operations.call(Operation.RETRY_RUN, author.signed(argument));
    long reopened = answer.path("reopened").asLong();
    if (json) {
      give(answer);
    } else if (reopened == 0) {
      say("Nothing of run %s is failed: nothing was done", correlationId);
    } else {
      say(
          "Run %s goes on: %d %s reopened",
          correlationId, reopened, reopened == 1 ? "track is" : "tracks are");
    }
    return 0;
  }
}
