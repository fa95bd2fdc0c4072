package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "hold",
    description = "Let nothing new begin of a handler, a run, a track of a run, or a user's runs.")
final class HoldCommand extends OperationCommand {

  @ArgGroup(multiplicity = "1")
  private Subject subject;

  @Mixin private Author author;

  @Option(names = "--json", description = "Print one JSON object, and nothing else.")
  private boolean json;

  @Override
  int call(Operations operations) {
    ObjectNode answer = operations.call(Operation.HOLD, author.signed(subject.argument()));
    if (json) {
      give(answer);
    } else {
      say("%s %s", subject, answer.path("held").asBoolean() ? "is held" : "was held before");
    }
    return 0;
  }
}
