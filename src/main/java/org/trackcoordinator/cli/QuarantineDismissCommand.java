package org.trackcoordinator.cli;

import org.trackcoordinator.operations.Operation;
import picocli.CommandLine.Command;

@Command(name = "dismiss", description = "Never mind events: their tracks go on without them.")
final class QuarantineDismissCommand extends QuarantineDecision {

  QuarantineDismissCommand() {
    super(Operation.DISMISS_EVENT, "dismissed");
  }
}
