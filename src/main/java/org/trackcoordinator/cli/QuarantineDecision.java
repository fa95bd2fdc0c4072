package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import org.trackcoordinator.operations.RefusedOperation;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Decides about events in quarantine, one after the other; those that aren't there stop nothing.
 */
abstract class QuarantineDecision extends OperationCommand {

  private final Operation operation;
  private final String done;

  @Parameters(
      paramLabel = "EVENT_ID",
      arity = "1..*",
      description = "The events, by their numbers as 'quarantine list' shows them.")
  private List<Long> eventIds;

  @Mixin private Author author;

  @Option(names = "--json", description = "Print one JSON object per event.")
  private boolean json;

  /**
   * @param done what the event is then
   */
  QuarantineDecision(Operation operation, String done) {
    this.operation = operation;
    this.done = done;
  }

  @Override
  final int call(Operations operations) {
    int exitCode = 0;
    for (long eventId : eventIds) {
      try {
        ObjectNode argument = author.signed(Json.object().put("eventId", eventId));
        ObjectNode answer = operations.call(operation, argument);
        if (json) {
          give(Json.object().put("eventId", eventId).setAll(answer));
        } else {
          say("Event %d is %s", eventId, done);
        }
      } catch (RefusedOperation e) {
        if (!e.isUnknown()) {
          throw e;
        }
        program().err().println("error: " + Printable.lines(e.getMessage()));
        exitCode = 1;
      }
    }
    program().err().flush();
    return exitCode;
  }
}
