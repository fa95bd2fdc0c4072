package org.trackcoordinator.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Note;
import org.trackcoordinator.workflow.Support;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Reads workflow files that are to be run. */
final class Workflows {

  private static final Logger LOG = LoggerFactory.getLogger(Workflows.class);

  private Workflows() {}

  /**
   * The definitions in a file or folder; none if there is no such folder. Settings that have no
   * effect yet are warned of.
   *
   * @throws org.trackcoordinator.workflow.InvalidWorkflowException naming what is wrong, or what
   *     this version can't carry out
   */
  static List<Definition> runnable(Path fileOrFolder) {
    List<Definition> definitions = new ArrayList<>();
    if (!Files.exists(fileOrFolder)) {
      LOG.warn("There is no {}: no workflow is loaded", fileOrFolder);
      return definitions;
    }
    for (Definition definition : WorkflowFiles.readAll(fileOrFolder)) {
      Support.requireRunnable(definition);
      for (Note note : Support.notBuiltYet(definition)) {
        LOG.warn("{}", note.problem());
      }
      definitions.add(definition);
    }
    return definitions;
  }
}
