package org.trackcoordinator.cli;

import java.io.PrintWriter;
import java.util.function.BooleanSupplier;
import org.trackcoordinator.api.ApiServer;
import org.trackcoordinator.config.InvalidSettingsException;
import org.trackcoordinator.coordinator.MaintenanceSettings;
import org.trackcoordinator.database.DatabaseException;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
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
    err.println("error: " + message(failure));
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
    err.println("error: " + mistake.getMessage());
    UnmatchedArgumentException.printSuggestions(mistake, err);
    err.println("Try '" + commandLine.getCommandSpec().qualifiedName() + " --help'.");
    err.flush();
    return commandLine.getCommandSpec().exitCodeOnInvalidInput();
  }

  private static String message(Exception failure) {
    if (failure instanceof Refusal
        || failure instanceof InvalidSettingsException
        || failure instanceof MaintenanceSettings.Invalid
        || failure instanceof DatabaseException
        || failure instanceof ApiServer.BindFailure
        || failure instanceof InvalidWorkflowException) {
      return failure.getMessage();
    }
    return "unexpected: %s (--verbose shows where)".formatted(failure);
  }
}
