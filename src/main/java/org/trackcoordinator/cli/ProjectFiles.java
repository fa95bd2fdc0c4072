package org.trackcoordinator.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.trackcoordinator.config.Settings;
import org.trackcoordinator.lint.Project;
import org.trackcoordinator.lint.Project.Workflow;
import org.trackcoordinator.lint.Routes;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * Reads what {@code validate} checks the given workflows beside: other workflows and the routes.
 */
final class ProjectFiles {

  private final TrackCoordinator program;
  private final Settings settings;
  private final List<Path> arguments;
  private final List<Validation> validations;
  private final List<String> servedElsewhere;

  /**
   * @param arguments the files and folders that the validations are of
   * @param servedElsewhere handlers that no route here serves
   */
  ProjectFiles(
      TrackCoordinator program,
      List<Path> arguments,
      List<Validation> validations,
      List<String> servedElsewhere) {
    this.program = program;
    this.settings = program.settings();
    this.arguments = arguments;
    this.validations = validations;
    this.servedElsewhere = servedElsewhere;
  }

  /** Says on standard error if there are no routes to check. */
  Project read() {
    Optional<Routes> routes = Routes.read(shown(settings.routes()), this::placeholder);
    if (routes.isEmpty()) {
      program
          .err()
          .printf(
              "Only the workflows were checked: there are no routes in %s (TRACKS_ROUTES)%n",
              shown(settings.routes()));
      program.err().flush();
    }
    List<Workflow> workflows = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Validation validation : validations) {
      if (validation.definition() != null && names.add(validation.definition().workflow())) {
        workflows.add(
            new Workflow(validation.definition(), true, isLoaded(validation.definition())));
      }
    }
    boolean complete = validations.stream().allMatch(validation -> validation.definition() != null);
    if (Files.exists(settings.workflows())) {
      complete &= addOthers(workflows, names);
    } else {
      complete &= arguments.stream().anyMatch(path -> Files.isDirectory(program.resolve(path)));
    }
    return new Project(workflows, complete, routes, handlersElsewhere(), Set.of());
  }

  /** Those that no route of the folder serves but somebody does. */
  private Set<String> handlersElsewhere() {
    Set<String> handlers = new HashSet<>(settings.handlersElsewhere());
    handlers.addAll(servedElsewhere);
    return handlers;
  }

  /** The workflows that {@code run} would load. Returns whether all of them could be read. */
  private boolean addOthers(List<Workflow> workflows, Set<String> names) {
    boolean complete = true;
    for (Path file : WorkflowFiles.find(shown(settings.workflows()))) {
      try {
        Definition definition = WorkflowFiles.read(file);
        if (names.add(definition.workflow())) {
          workflows.add(new Workflow(definition, false, true));
        }
      } catch (InvalidWorkflowException e) {
        complete = false;
      }
    }
    return complete;
  }

  private boolean isLoaded(Definition definition) {
    Path file = program.directory().resolve(definition.source()).normalize();
    return file.equals(settings.workflows()) || settings.workflows().equals(file.getParent());
  }

  private String placeholder(String key) {
    String value = program.routeSetting("tracks", key);
    return value == null ? program.routeSetting("maintenance", key) : value;
  }

  /** As a path from the working directory, when it lies there. */
  private Path shown(Path path) {
    return path.startsWith(program.directory())
        ? program.resolve(program.directory().relativize(path))
        : path;
  }
}
