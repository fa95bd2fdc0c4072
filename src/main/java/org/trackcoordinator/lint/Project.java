package org.trackcoordinator.lint;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Track;

/**
 * What the checks look at.
 *
 * @param workflows those to be checked, and others that use the same handlers
 * @param complete whether these are all workflows that there are, so that what none of them names
 *     is named by nobody
 * @param routes empty if there are none, which leaves out what is said of them
 * @param elsewhere handlers that are served by workers which are no routes of this folder: edge
 *     functions, cron jobs, programs. Whoever knows of more such workers adds them here
 * @param inputsElsewhere what routes of no file begin with, {@code direct:x}
 */
public record Project(
    List<Workflow> workflows,
    boolean complete,
    Optional<Routes> routes,
    Set<String> elsewhere,
    Set<String> inputsElsewhere) {

  /** Copies the collections. */
  public Project {
    workflows = List.copyOf(workflows);
    elsewhere = Set.copyOf(elsewhere);
    inputsElsewhere = Set.copyOf(inputsElsewhere);
  }

  /**
   * A workflow and why it is here.
   *
   * @param asked whether findings about it are wanted
   * @param loaded whether {@code run} would load its file
   */
  public record Workflow(Definition definition, boolean asked, boolean loaded) {}

  Stream<Workflow> asked() {
    return workflows.stream().filter(Workflow::asked);
  }

  Stream<Definition> definitions() {
    return workflows.stream().map(Workflow::definition);
  }

  Optional<Definition> definition(String workflow) {
    return definitions().filter(definition -> definition.workflow().equals(workflow)).findFirst();
  }

  /** The handlers that some track or some end of a run is for. */
  Stream<String> usedHandlers() {
    return definitions()
        .flatMap(
            definition ->
                Stream.concat(
                    definition.tracks().stream().map(Track::handler),
                    definition.on().values().stream()));
  }
}
