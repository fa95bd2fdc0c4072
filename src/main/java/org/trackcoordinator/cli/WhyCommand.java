package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "why",
    description = "Say why a run, or one of its tracks, is where it is, and what would change it.")
final class WhyCommand extends OperationCommand {

  @Parameters(index = "0", paramLabel = "CORRELATION_ID", description = "The run's correlation id.")
  private UUID correlationId;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TRACK",
      description = "One of its tracks; default: all that stand in the run's way.")
  private String track;

  @Option(names = "--json", description = "Print one JSON object per track.")
  private boolean json;

  @Override
  int call(Operations operations) {
    ObjectNode argument =
        Json.object().put("correlationId", correlationId.toString()).put("trackId", track);
    for (JsonNode answer : operations.call(Operation.EXPLAIN, argument).path("reasons")) {
      Reason reason = Reason.of(answer);
      if (json) {
        JsonLines.print(object(reason), out());
      } else {
        say("%s", reason.sentence());
        hints(reason)
            .forEach((what, hint) -> out().printf("  %s: %s%n", what, Printable.line(hint)));
      }
    }
    return 0;
  }

  private static Map<String, String> hints(Reason reason) {
    Map<String, String> hints = new LinkedHashMap<>();
    hints.put("reason", reason.code());
    hints.put("unblocked by", reason.unblockedBy());
    hints.put("not before", reason.earliestAt() == null ? null : reason.earliestAt().toString());
    hints.values().removeIf(hint -> hint == null);
    return hints;
  }

  private static Map<String, Object> object(Reason reason) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("trackId", reason.trackId());
    object.put("state", reason.state());
    object.put("reason", reason.code());
    object.put("sentence", reason.sentence());
    object.put("missing", reason.missing());
    object.put("unblockedBy", reason.unblockedBy());
    object.put("earliestAt", reason.earliestAt() == null ? null : reason.earliestAt().toString());
    return object;
  }
}
