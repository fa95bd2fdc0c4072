package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that asks the database or a running server, whichever its options name. */
abstract class OperationCommand implements Subcommand {

  @Spec private CommandSpec spec;
  @Mixin private Target target;

  /** Returns the exit code. */
  abstract int call(Operations operations);

  @Override
  public final Integer call() {
    check();
    try (Operations operations = target.open(program(), spec)) {
      int exitCode = call(operations);
      out().flush();
      return exitCode;
    }
  }

  /** Refuses options that don't go together, before anything is asked. */
  void check() {}

  final TrackCoordinator program() {
    return (TrackCoordinator) spec.root().userObject();
  }

  final CommandSpec spec() {
    return spec;
  }

  final PrintWriter out() {
    return program().out();
  }

  final Ansi ansi() {
    return program().ansi();
  }

  /** Says something to a person in one line. */
  final void say(String format, Object... values) {
    out().println(Printable.line(format.formatted(values)));
  }

  /** Gives an object to a program in one line. */
  final void give(JsonNode object) {
    JsonLines.print(object, out());
  }
}
