package org.trackcoordinator.cli;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DatabaseException;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Finds the definition that somebody means: a file, a workflow of the files, or a stored one. */
final class WorkflowToDraw {

  private static final String CURRENT =
      """
      select d.document from track_coordination.workflows w join track_coordination.definitions d using (definition_id)
       where w.workflow = ?
      """;
  private static final String OF_HASH =
      "select (track_coordination.require_definition(?, ?)).document";

  private static final int MOST_NAMED = 10;

  private final TrackCoordinator program;
  private final Set<String> inFiles = new TreeSet<>();

  WorkflowToDraw(TrackCoordinator program) {
    this.program = program;
  }

  /**
   * The file, if there is one of this name; else the workflow of the files; else that of the
   * database.
   *
   * @throws Refusal if there is none
   * @throws InvalidWorkflowException if the file is faulty, or a name can only be that of a file
   */
  Definition find(String fileOrName) {
    Path path = program.resolve(Path.of(fileOrName));
    if (Files.isRegularFile(path) || isPath(fileOrName)) {
      return WorkflowFiles.read(path);
    }
    return inFiles(fileOrName).or(() -> current(fileOrName)).orElseThrow(() -> unknown(fileOrName));
  }

  /**
   * A definition that the database has.
   *
   * @param hash all of it, or its first 8 digits or more
   * @throws Refusal if there is none
   */
  Definition find(String workflow, String hash) {
    try (Database database = program.existingDatabase()) {
      return SchemaQueries.ask(database, connection -> read(connection, OF_HASH, workflow, hash))
          .orElseThrow();
    }
  }

  private static boolean isPath(String text) {
    return text.contains("/")
        || text.contains(File.separator)
        || text.matches("(?i).*\\.(yaml|yml|json)");
  }

  private Optional<Definition> inFiles(String workflow) {
    Path folder = program.settings().workflows();
    if (!Files.exists(folder)) {
      return Optional.empty();
    }
    for (Path file : WorkflowFiles.find(folder)) {
      try {
        Definition definition = WorkflowFiles.read(file);
        if (definition.workflow().equals(workflow)) {
          return Optional.of(definition);
        }
        inFiles.add(definition.workflow());
      } catch (InvalidWorkflowException e) {
        program.err().printf("%s is faulty and left out; 'validate' says why%n", file);
        program.err().flush();
      }
    }
    return Optional.empty();
  }

  private Optional<Definition> current(String workflow) {
    try (Database database = program.existingDatabase()) {
      return SchemaQueries.ask(database, connection -> read(connection, CURRENT, workflow));
    } catch (Refusal | DatabaseException e) {
      throw new Refusal(
          "There is no workflow '%s' in the files%s, and the database could not be asked: %s"
              .formatted(workflow, ofTheFolder(), e.getMessage()),
          e);
    }
  }

  private static Optional<Definition> read(Connection connection, String sql, String... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(WorkflowFiles.parse("stored-definition.json", row.getString(1)))
            : Optional.empty();
      }
    }
  }

  private Refusal unknown(String workflow) {
    return new Refusal(
        "There is no workflow '%s', neither in the files%s nor in the database; 'workflows' shows what the database has"
            .formatted(workflow, ofTheFolder()));
  }

  private String ofTheFolder() {
    return " of %s (%s)"
        .formatted(
            program.settings().workflows(),
            inFiles.isEmpty()
                ? "there are none"
                : "they define "
                    + inFiles.stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
                    + (inFiles.size() > MOST_NAMED ? " …" : ""));
  }
}
