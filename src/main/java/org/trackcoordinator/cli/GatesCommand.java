package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "gates",
    description = "Show what may hold work back: who closed it, why, and until when.")
final class GatesCommand extends OperationCommand {

  /** What a gate is of, and how people call it. */
  private static final Map<String, String> SUBJECTS = new LinkedHashMap<>();

  static {
    SUBJECTS.put("handler", "handler");
    SUBJECTS.put("circuit", "circuit");
    SUBJECTS.put("correlationId", "run");
    SUBJECTS.put("trackId", "track");
    SUBJECTS.put("userId", "user");
    SUBJECTS.put("routeId", "route");
  }

  @Option(names = "--json", description = "Print one JSON object per gate.")
  private boolean json;

  @Override
  int call(Operations operations) {
    JsonNode gates = operations.call(Operation.LIST_GATES, Json.object()).path("gates");
    if (json) {
      gates.forEach(gate -> give(object(gate)));
    } else if (gates.isEmpty()) {
      say("There are no gates: nothing was ever held, and nothing is limited.");
    } else {
      print(gates);
    }
    return 0;
  }

  private void print(JsonNode gates) {
    Table table =
        new Table("gate", "state", "of", "reason", "who", Answers.timeTitle("since"), "not before")
            .coloured("state", StateColours.of(ansi()));
    for (JsonNode gate : gates) {
      table.row(
          Answers.text(gate, "kind"),
          Answers.text(gate, "state"),
          subject(gate),
          Answers.text(gate, "reason"),
          Answers.text(gate, "who"),
          Answers.shownTime(Answers.time(gate, "changedAt")),
          Answers.shownTime(Answers.time(gate, "earliestAt")));
    }
    table.print(out());
  }

  private static String subject(JsonNode gate) {
    return SUBJECTS.entrySet().stream()
        .filter(entry -> gate.hasNonNull(entry.getKey()))
        .map(entry -> entry.getValue() + " " + gate.path(entry.getKey()).asText())
        .collect(Collectors.joining(" "));
  }

  private static JsonNode object(JsonNode gate) {
    return Answers.pick(
        gate,
        "kind",
        "state",
        "handler",
        "circuit",
        "correlationId",
        "trackId",
        "userId",
        "reason",
        "who",
        "permits",
        "changedAt",
        "earliestAt",
        "routeId");
  }
}
