package org.trackcoordinator.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    description = {
      "Print a script that completes commands and options in bash and zsh.",
      "Use it with a command of this name, as in: alias track-coordinator='java -jar …/track-coordinator.jar';"
          + " source <(track-coordinator completion)"
    })
final class CompletionCommand implements Subcommand {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandSpec root = spec.root();
    root.commandLine().getOut().println(AutoComplete.bash(root.name(), root.commandLine()));
    root.commandLine().getOut().flush();
    return 0;
  }
}
