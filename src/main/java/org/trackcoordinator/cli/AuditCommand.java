package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "audit",
    description = "Check the stored data; exit 1 if anything breaks an invariant.")
final class AuditCommand extends OperationCommand {

  @Option(names = "--json", description = "Print one JSON object per finding, and nothing else.")
  private boolean json;

  @Override
  int call(Operations operations) {
    JsonNode findings = operations.call(Operation.AUDIT, Json.object()).path("findings");
    if (json) {
      findings.forEach(
          finding ->
              give(Answers.pick(finding, "invariant", "correlationId", "trackId", "detail")));
    } else if (findings.isEmpty()) {
      say("No invariant is broken.");
    } else {
      print(findings);
    }
    return findings.isEmpty() ? 0 : 1;
  }

  private void print(JsonNode findings) {
    Table table = new Table("invariant", "run", "track", "detail");
    for (JsonNode finding : findings) {
      table.row(
          Answers.text(finding, "invariant"),
          Answers.text(finding, "correlationId"),
          Answers.text(finding, "trackId"),
          Answers.text(finding, "detail"));
    }
    table.print(out());
  }
}
