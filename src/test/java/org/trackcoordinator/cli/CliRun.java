package org.trackcoordinator.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine;

/**
 * A command that was run, and what came of it.
 *
 * @param exitCode what the process would have ended with
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error, logging aside
 */
public record CliRun(int exitCode, String out, String err) {

  public static CliRun of(Map<String, String> environment, Path directory, String... arguments) {
    return of(environment, directory, commandLine -> {}, arguments);
  }

  public static CliRun of(
      Map<String, String> environment,
      Path directory,
      Consumer<CommandLine> preparation,
      String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine = TrackCoordinator.commandLine(environment, directory);
    preparation.accept(commandLine);
    commandLine.setOut(new PrintWriter(out));
    commandLine.setErr(new PrintWriter(err));
    int exitCode = commandLine.execute(arguments);
    return new CliRun(exitCode, out.toString(), err.toString());
  }
}
