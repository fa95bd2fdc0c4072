package org.trackcoordinator.reload;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.trackcoordinator.lint.Finding;
import org.trackcoordinator.lint.Lint;
import org.trackcoordinator.lint.Project;
import org.trackcoordinator.lint.Project.Workflow;
import org.trackcoordinator.lint.Routes;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.Problem;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * The errors that {@code validate} finds in the files as they lie on disk, apart from those that
 * were there when the program started: it runs with those. Whether somebody works for a handler is
 * not asked: only the operator knows, and routes come after workflows as well as before.
 */
final class FolderLint {

  private final Path routes;
  private final Path workflows;
  private final UnaryOperator<String> settings;
  private final Supplier<Set<String>> inputs;
  private final Set<String> known = new HashSet<>();

  /**
   * @param settings the value of a placeholder's key; null if it has none
   * @param inputs what running routes begin with, {@code direct:x}, also those of no file
   */
  FolderLint(
      Path routes, Path workflows, UnaryOperator<String> settings, Supplier<Set<String>> inputs) {
    this.routes = routes;
    this.workflows = workflows;
    this.settings = settings;
    this.inputs = inputs;
  }

  /** What is wrong now is no news. */
  void start() {
    errors().forEach(problem -> known.add(key(problem)));
  }

  List<Problem> news() {
    return errors().stream().filter(problem -> !known.contains(key(problem))).toList();
  }

  private List<Problem> errors() {
    List<Workflow> definitions = new ArrayList<>();
    boolean complete = true;
    if (Files.exists(workflows)) {
      for (Path file : WorkflowFiles.find(workflows)) {
        try {
          definitions.add(new Workflow(WorkflowFiles.read(file), true, true));
        } catch (InvalidWorkflowException e) {
          complete = false;
        }
      }
    }
    Set<String> handlers = new HashSet<>();
    for (Workflow workflow : definitions) {
      Definition definition = workflow.definition();
      definition.tracks().forEach(track -> handlers.add(track.handler()));
      handlers.addAll(definition.on().values());
    }
    return Lint.of(
            new Project(
                definitions, complete, Routes.read(routes, settings), handlers, inputs.get()))
        .stream()
        .filter(finding -> finding.severity() == Finding.Severity.ERROR)
        .map(Finding::problem)
        .toList();
  }

  private static String key(Problem problem) {
    return problem.file() + "\n" + problem.path() + "\n" + problem.message();
  }
}
