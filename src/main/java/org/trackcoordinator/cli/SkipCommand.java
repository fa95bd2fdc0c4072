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
    name = "skip",
    description = {
      "Take a track out of a run that goes on.",
      "What depends on it gets the payload; without one it is skipped too, if it depends on nothing else."
    })
final class SkipCommand extends OperationCommand {

  @Parameters(index = "0", paramLabel = "CORRELATION_ID", description = "The run's correlation id.")
  private UUID correlationId;

  @Parameters(index = "1", paramLabel = "TRACK", description = "The track.")
  private String track;

  @Option(
      names = "--payload",
      paramLabel = "JSON|@FILE|-",
      description = "Its result instead: a JSON object, a file with it, or standard input.")
  private String payload;

  @Mixin private Author author;

  @Option(names = "--json", description = "Print one JSON object, and nothing else.")
  private boolean json;

  private ObjectNode payloadObject;

  @Override
  void check() {
    payloadObject = new JsonOption(this, "--payload").read(payload);
  }

  @Override
  int call(Operations operations) {
    ObjectNode argument =
        Json.object().put("correlationId", correlationId.toString()).put("trackId", track);
    argument.set("payload", payloadObject);
    ObjectNode answer = operations.call(Operation.SKIP_TRACK, author.signed(argument));
    if (json) {
      give(answer);
    } else {
      say(
          "Track %s of run %s %s",
          track,
          correlationId,
          answer.path("skipped").asBoolean() ? "is skipped" : "was skipped before");
    }
    return 0;
  }
}
