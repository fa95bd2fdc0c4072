package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "release", description = "Let go on what 'hold' with the same options holds.")
final class ReleaseCommand extends OperationCommand {

  @ArgGroup(multiplicity = "1")
  private Subject subject;

  @Mixin private Author author;

  @Option(names = "--json", description = "Print one JSON object, and nothing else.")
  private boolean json;

  @Override
  int call(Operations operations) {
    ObjectNode answer = operations.call(Operation.RELEASE, author.signed(subject.argument()));
    if (json) {
      give(answer);
    } else {
      say("%s %s", subject, answer.path("released").asBoolean() ? "is released" : "was not held");
    }
    return 0;
  }
}
