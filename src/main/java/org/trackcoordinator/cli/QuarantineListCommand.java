package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "list", description = "List what is in quarantine, the newest first.")
final class QuarantineListCommand extends OperationCommand {

  private static final int LARGEST_PAGE = 1000;

  @Option(names = "--json", description = "Print one JSON object per event.")
  private boolean json;

  @Override
  int call(Operations operations) {
    Table table =
        new Table("event", "run", "track", "type", Answers.timeTitle("since"), "reason")
            .right("event");
    boolean any = false;
    String next = null;
    do {
      ObjectNode argument = Json.object().put("limit", LARGEST_PAGE).put("after", next);
      JsonNode page = operations.call(Operation.LIST_QUARANTINE, argument);
      for (JsonNode event : page.path("events")) {
        any = true;
        if (json) {
          give(object(event));
        } else {
          add(table, event);
        }
      }
      if (any && !json) {
        table.print(out());
      }
      next = page.path("next").textValue();
    } while (next != null);
    if (!any && !json) {
      say("Nothing is in quarantine.");
    }
    return 0;
  }

  private static void add(Table table, JsonNode event) {
    table.row(
        Answers.text(event, "eventId"),
        Answers.text(event, "correlationId"),
        Answers.text(event, "trackId"),
        Answers.text(event, "eventType"),
        Answers.shownTime(Answers.time(event, "decidedAt")),
        Answers.text(event, "reason"));
  }

  private static ObjectNode object(JsonNode event) {
    return Answers.pick(
        event, "eventId", "correlationId", "trackId", "eventType", "reason", "decidedAt");
  }
}
