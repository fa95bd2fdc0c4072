package org.trackcoordinator.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Takes no options, so that none is given to it that was meant for what follows. */
@Command(
    name = "quarantine",
    description = "List the events that can't be coordinated, replay or dismiss them.",
    subcommands = {
      QuarantineListCommand.class,
      QuarantineReplayCommand.class,
      QuarantineDismissCommand.class
    })
final class QuarantineCommand implements Subcommand {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Say what: list, replay or dismiss");
  }
}
