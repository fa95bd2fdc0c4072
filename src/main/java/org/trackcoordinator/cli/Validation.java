package org.trackcoordinator.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.trackcoordinator.condition.Conditions;
import org.trackcoordinator.lint.Finding;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.Problem;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * What is to be said of one workflow file, or of a route file.
 *
 * @param file the file
 * @param definition null if the file can't be read as one, or holds routes
 * @param problems why it is refused
 * @param findings what is wrong with it beside other files
 */
record Validation(
    Path file, Definition definition, List<Problem> problems, List<Finding> findings) {

  static Validation of(Path file) {
    try {
      Definition definition = WorkflowFiles.read(file);
      return new Validation(file, definition, new Conditions().mistakes(definition), List.of());
    } catch (InvalidWorkflowException e) {
      return refused(file, e);
    }
  }

  static Validation refused(Path file, InvalidWorkflowException refusal) {
    return new Validation(file, null, refusal.problems(), List.of());
  }

  /** This, or a refusal if an earlier file gives the same workflow. */
  Validation unlessDefinedIn(Map<String, String> sources) {
    String other =
        definition == null ? null : sources.putIfAbsent(definition.workflow(), file.toString());
    if (other == null) {
      return this;
    }
    String message =
        "workflow '%s' is defined in %s already; rename one"
            .formatted(definition.workflow(), other);
    return new Validation(
        file, null, List.of(new Problem(file.toString(), 0, 0, "workflow", message)), List.of());
  }

  /** A file about which there is nothing to say but this. */
  static Validation found(Path file, List<Finding> findings) {
    return new Validation(file, null, List.of(), findings);
  }

  /** This, and what is wrong with it beside other files. */
  Validation with(List<Finding> found) {
    return new Validation(file, definition, problems, found);
  }

  /** Whether it could be loaded, and all that it says could happen. */
  boolean valid() {
    return loadable()
        && findings.stream().noneMatch(finding -> finding.severity() == Finding.Severity.ERROR);
  }

  private boolean loadable() {
    return problems.isEmpty();
  }

  /** For people: whether it is good, then each problem and finding. */
  List<String> lines() {
    Stream<String> head =
        definition == null
            ? Stream.of()
            : Stream.of(
                "%s %s: %s, %d tracks, %d dependencies, depth %d"
                    .formatted(
                        valid() ? "ok" : loadable() ? "faulty" : "refused",
                        file,
                        definition.workflow(),
                        definition.tracks().size(),
                        dependencies(),
                        depth()));
    return Stream.of(
            head,
            problems.stream().map(problem -> "refused " + problem),
            findings.stream().map(finding -> (definition == null ? "" : "  ") + finding))
        .flatMap(lines -> lines)
        .toList();
  }

  /** For programs. */
  Map<String, Object> object() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("file", file.toString());
    object.put("valid", valid());
    if (definition != null) {
      object.put("workflow", definition.workflow());
      object.put("hash", definition.hash());
      object.put("tracks", definition.tracks().size());
      object.put("dependencies", dependencies());
      object.put("depth", depth());
    }
    object.put("problems", problems.stream().map(Validation::object).toList());
    object.put("findings", findings.stream().map(Validation::object).toList());
    return object;
  }

  private long dependencies() {
    return definition.tracks().stream().mapToLong(track -> track.dependencies().size()).sum();
  }

  /** How many tracks stand one after another at most. */
  private int depth() {
    return definition.tracks().stream().mapToInt(track -> track.level() + 1).max().orElse(0);
  }

  private static Map<String, Object> object(Problem problem) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("line", problem.line());
    object.put("column", problem.column());
    object.put("path", problem.path());
    object.put("message", problem.message());
    return object;
  }

  private static Map<String, Object> object(Finding finding) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("severity", finding.severity().word());
    object.putAll(object(finding.problem()));
    return object;
  }
}
