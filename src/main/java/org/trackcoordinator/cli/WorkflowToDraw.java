package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.trackcoordinator.database.DatabaseException;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import org.trackcoordinator.operations.RefusedOperation;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Finds the definition that somebody means: a file, a workflow of the files, or a stored one. */
final class WorkflowToDraw {

  private static final int MOST_NAMED = 10;

  private final TrackCoordinator program;
  private final Supplier<Operations> stored;
  private final Set<String> inFiles = new TreeSet<>();

  /**
   * @param stored opens what knows the stored definitions
   */
  WorkflowToDraw(TrackCoordinator program, Supplier<Operations> stored) {
    this.program = program;
    this.stored = stored;
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
   * A definition that is stored.
   *
   * @param hash all of it, or its first 8 digits or more; null for the current one
   * @throws RefusedOperation if there is none
   */
  Definition stored(String workflow, String hash) {
    try (Operations operations = stored.get()) {
      JsonNode answer =
          operations.call(
              Operation.READ_WORKFLOW, Json.object().put("workflow", workflow).put("hash", hash));
      return WorkflowFiles.parse("stored-definition.json", Json.text(answer.path("document")));
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
    try {
      return Optional.of(stored(workflow, null));
    } catch (RefusedOperation e) {
      if (e.isUnknown()) {
        return Optional.empty();
      }
      throw unasked(workflow, e);
    } catch (Refusal | DatabaseException e) {
      throw unasked(workflow, e);
    }
  }

  private Refusal unasked(String workflow, RuntimeException failure) {
    return new Refusal(
        "There is no workflow '%s' in the files%s, and the database could not be asked: %s"
            .formatted(workflow, ofTheFolder(), failure.getMessage()),
        failure);
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
