package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.UUID;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "event",
    description = {
      "Record that something happened in a track, as a worker would.",
      "An event of a first track with a new correlation id starts a run."
    })
final class EventCommand extends OperationCommand {

  @Parameters(index = "0", paramLabel = "CORRELATION_ID", description = "The run's correlation id.")
  private UUID correlationId;

  @Parameters(index = "1", paramLabel = "TRACK", description = "The track.")
  private String track;

  @Parameters(
      index = "2",
      paramLabel = "EVENT_TYPE",
      description = "What happened: started, data_ready, completed or failed.")
  private String eventType;

  @Option(
      names = "--payload",
      paramLabel = "JSON|@FILE|-",
      description = "What it hands on: a JSON object, a file with it, or standard input.")
  private String payload;

  @Option(
      names = "--metadata",
      paramLabel = "JSON|@FILE|-",
      description = "What else there is to say, as {\"workflow\": \"…\"} for a new run.")
  private String metadata;

  @Option(names = "--user", paramLabel = "USER", description = "Whose event it is.")
  private String user;

  @Option(names = "--json", description = "Print one JSON object, and nothing else.")
  private boolean json;

  private ObjectNode payloadObject;
  private ObjectNode metadataObject;

  @Override
  void check() {
    if ("-".equals(payload) && "-".equals(metadata)) {
      throw new ParameterException(
          spec().commandLine(), "Only one of --payload and --metadata can be standard input");
    }
    payloadObject = new JsonOption(this, "--payload").read(payload);
    metadataObject = new JsonOption(this, "--metadata").read(metadata);
  }

  @Override
  int call(Operations operations) {
    ObjectNode argument =
        Json.object()
            .put("correlationId", correlationId.toString())
            .put("trackId", track)
            .put("eventType", eventType)
            .put("userId", user);
    argument.set("payload", payloadObject);
    argument.set("metadata", metadataObject);
    ObjectNode answer = operations.call(Operation.RECORD_EVENT, argument);
    if (json) {
      give(answer);
    } else {
      say("Event %s is recorded", answer.path("eventId").asText());
    }
    return 0;
  }
}
