package org.trackcoordinator.cli;

import org.trackcoordinator.operations.Operation;
import picocli.CommandLine.Command;

@Command(
    name = "replay",
    description = "Have events coordinated again, once what was wrong is repaired.")
final class QuarantineReplayCommand extends QuarantineDecision {

  QuarantineReplayCommand() {
    super(Operation.REPLAY_EVENT, "replayed");
  }
}
