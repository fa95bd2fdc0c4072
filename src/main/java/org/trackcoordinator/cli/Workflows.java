package org.trackcoordinator.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.condition.Conditions;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.Problem;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Reads workflow files that are to be run. */
final class Workflows {

  private static final Logger LOG = LoggerFactory.getLogger(Workflows.class);

  private Workflows() {}

  /**
   * The definitions in a file or folder; none if there is no such folder.
   *
   * @throws org.trackcoordinator.workflow.InvalidWorkflowException naming what is wrong, conditions
   *     that do not parse included
   */
  static List<Definition> runnable(Path fileOrFolder) {
    List<Definition> definitions = new ArrayList<>();
    List<Problem> refused = new ArrayList<>();
    Conditions conditions = new Conditions();
    if (!Files.exists(fileOrFolder)) {
      LOG.warn("There is no {}: no workflow is loaded", fileOrFolder);
      return definitions;
    }
    for (Definition definition : WorkflowFiles.readAll(fileOrFolder)) {
      refused.addAll(conditions.mistakes(definition));
      definitions.add(definition);
    }
    if (!refused.isEmpty()) {
      throw new InvalidWorkflowException(refused);
    }
    return definitions;
  }
}
