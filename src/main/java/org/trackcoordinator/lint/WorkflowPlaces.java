package org.trackcoordinator.lint;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.Node;
import org.trackcoordinator.workflow.Position;
import org.trackcoordinator.workflow.Words;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Where a workflow's file says what: a definition holds the meaning only. */
final class WorkflowPlaces {

  /** What was a workflow is no deeper; then it was read already. */
  private static final int DEEPEST = 100;

  private final String file;
  private final Node root;

  private WorkflowPlaces(String file, Node root) {
    this.file = file;
    this.root = root;
  }

  /** Without places if the definition was not read from a file, or that is gone. */
  static WorkflowPlaces of(Definition definition) {
    Node root;
    try {
      root = WorkflowFiles.nodes(Path.of(definition.source()), DEEPEST);
    } catch (InvalidWorkflowException e) {
      root = null;
    }
    return new WorkflowPlaces(definition.source(), root);
  }

  /** The last of these keys, one in the other, that the file writes. */
  Place at(String... keys) {
    Node node = root;
    Position position = Position.NOWHERE;
    String path = "";
    for (String key : keys) {
      Node.Entry entry = node instanceof Node.Mapping map ? map.entries().get(key) : null;
      if (entry == null) {
        break;
      }
      position = entry.key();
      path = path.isEmpty() ? Words.shorten(key) : path + "." + Words.shorten(key);
      node = entry.value();
    }
    return new Place(file, position, path);
  }

  /** Where a setting of a track comes from: the track, else {@code defaults}, else nowhere. */
  Place setting(String track, String... keys) {
    return Stream.of(List.of("tracks", track), List.of("defaults"))
        .map(from -> Stream.concat(from.stream(), Stream.of(keys)).toArray(String[]::new))
        .filter(this::writes)
        .findFirst()
        .map(this::at)
        .orElseGet(() -> at("tracks", track));
  }

  private boolean writes(String... keys) {
    Node node = root;
    for (String key : keys) {
      Node.Entry entry = node instanceof Node.Mapping map ? map.entries().get(key) : null;
      if (entry == null) {
        return false;
      }
      node = entry.value();
    }
    return true;
  }
}
