package org.trackcoordinator.cli;

import java.io.PrintWriter;
import java.util.function.BooleanSupplier;
import org.trackcoordinator.config.InvalidSettingsException;
import org.trackcoordinator.coordinator.MaintenanceSettings;
import org.trackcoordinator.database.DatabaseException;
import org.trackcoordinator.doors.BindFailure;
import org.trackcoordinator.operations.RefusedOperation;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Shows what went wrong as one message, and the stack trace only to who asks for it. */
final class Failures implements IExecutionExceptionHandler {

  private static final int FAILED = 1;

  private final BooleanSupplier verbose;

  Failures(BooleanSupplier verbose) {
    this.verbose = verbose;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine commandLine, ParseResult parsed) {
    PrintWriter err = commandLine.getErr();
    err.println("error: " + Printable.lines(message(failure)));
    if (verbose.getAsBoolean()) {
      failure.printStackTrace(err);
    }
    err.flush();
    return FAILED;
  }

  /** Shows what is wrong with the arguments and where to read more. */
  static int wrongUsage(ParameterException mistake, String[] arguments) {
    CommandLine commandLine = mistake.getCommandLine();
    PrintWriter err = commandLine.getErr();
    if (namesServer(mistake)) {
      err.println("error: " + takesNoServer(commandLine.getCommandSpec()));
    } else {
      err.println("error: " + mistake.getMessage());
      UnmatchedArgumentException.printSuggestions(mistake, err);
    }
    err.println("Try '" + commandLine.getCommandSpec().qualifiedName() + " --help'.");
    err.flush();
    return commandLine.getCommandSpec().exitCodeOnInvalidInput();
  }

  private static boolean namesServer(ParameterException mistake) {
    return mistake instanceof UnmatchedArgumentException unmatched
        && unmatched.getUnmatched().stream().anyMatch(text -> text.matches("--server(=.*)?"));
  }

  /** Better said than that it is unknown: other commands know it. */
  private static String takesNoServer(CommandSpec command) {
    return command.subcommands().isEmpty()
        ? "'%s' works on files and the database itself, never through a server: leave --server out, and run it where these are"
            .formatted(command.name())
        : "--server comes after the command that is to ask it";
  }

  private static String message(Exception failure) {
    if (failure instanceof Refusal
        || failure instanceof RefusedOperation
        || failure instanceof InvalidSettingsException
        || failure instanceof MaintenanceSettings.Invalid
        || failure instanceof DatabaseException
        || failure instanceof BindFailure
        || failure instanceof InvalidWorkflowException) {
      return failure.getMessage();
    }
    return "unexpected: %s (--verbose shows where)".formatted(failure);
  }
}
