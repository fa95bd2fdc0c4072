package org.trackcoordinator.cli;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.trackcoordinator.database.Database;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "retire",
    description = {
      "Take definitions out of use that no run runs on: they start none, until their file is loaded"
          + " again.",
      "Retire the current one, and its workflow cannot be started until then."
    })
final class RetireCommand implements Subcommand {

  @ParentCommand private TrackCoordinator program;
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "WORKFLOW",
      arity = "0..1",
      description = "Its workflow; with --unused, only of this one.")
  private String workflow;

  @Parameters(
      index = "1",
      paramLabel = "HASH",
      arity = "0..1",
      description = "Its hash, or at least the first 8 digits.")
  private String hash;

  @Option(names = "--unused", description = "All that are not current and that no run runs on.")
  private boolean unused;

  @Option(
      names = "--who",
      paramLabel = "NAME",
      description = "Who does it; the user of this computer by default.")
  private String who = System.getProperty("user.name");

  @Option(names = "--why", paramLabel = "TEXT", description = "Why, for who reads it later.")
  private String why;

  @Option(names = "--json", description = "Print one JSON object per definition.")
  private boolean json;

  @Override
  public Integer call() {
    if (unused ? hash != null : workflow == null || hash == null) {
      throw new ParameterException(
          spec.commandLine(), "Name a WORKFLOW and a HASH, or --unused with or without a WORKFLOW");
    }
    try (Database database = program.existingDatabase()) {
      if (unused) {
        List<DefinitionVersion> versions = SchemaQueries.ask(database, this::unused);
        // each in a transaction of its own: one that is started meanwhile keeps none of the others
        versions.forEach(version -> retire(database, version.workflow(), version.hash()));
        if (versions.isEmpty() && !json) {
          program.out().println("No definition is unused.");
        }
      } else {
        retire(database, workflow, hash);
      }
      program.out().flush();
      return 0;
    }
  }

  private List<DefinitionVersion> unused(Connection connection) throws SQLException {
    return DefinitionVersion.readAll(connection).stream()
        .filter(DefinitionVersion::unused)
        .filter(version -> workflow == null || version.workflow().equals(workflow))
        .toList();
  }

  private void retire(Database database, String of, String hashOrDigits) {
    boolean done = SchemaQueries.ask(database, connection -> retire(connection, of, hashOrDigits));
    if (json) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("workflow", of);
      line.put("hash", hashOrDigits);
      line.put("retired", done);
      JsonLines.print(line, program.out());
    } else {
      program
          .out()
          .println(
              "Definition %s of %s %s"
                  .formatted(
                      hashOrDigits.substring(0, 8),
                      of,
                      done ? "is retired" : "was retired before"));
    }
  }

  private boolean retire(Connection connection, String of, String hashOrDigits)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select track_coordination.retire_definition(?, ?, ?, ?)")) {
      statement.setString(1, of);
      statement.setString(2, hashOrDigits);
      statement.setString(3, who);
      statement.setString(4, why);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }
}
