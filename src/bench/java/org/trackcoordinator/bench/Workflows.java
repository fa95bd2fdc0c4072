package org.trackcoordinator.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Track;
import org.trackcoordinator.workflow.WorkflowFiles;

/** The graphs that are run. */
final class Workflows {

  /** The tracks of {@link #chain()}, in order. */
  static final List<String> CHAIN = List.of("gmail", "drive", "file-management", "freee");

  private Workflows() {}

  /** Four tracks, one after the other. */
  static Definition chain() {
    return parse(
        """
        workflow: bench-chain
        tracks:
          gmail: {}
          drive: {dependsOn: [gmail]}
          file-management: {dependsOn: [drive]}
          freee: {dependsOn: [file-management]}
        """);
  }

  /** One that a foreign program does, and one that waits for it. */
  static Definition handedOn() {
    return parse(
        """
        workflow: bench-handed-on
        tracks:
          upload: {}
          filing: {dependsOn: [upload]}
        """);
  }

  /** Two that foreign programs do, and one that waits for both. */
  static Definition joined() {
    return parse(
        """
        workflow: bench-joined
        tracks:
          upload: {}
          approval: {}
          filing: {dependsOn: [upload, approval]}
        """);
  }

  /**
   * A real graph.
   *
   * @param name of its file, without ending
   */
  static Definition real(String name) throws IOException {
    String file = "/real-dags/" + name + ".json";
    try (InputStream json = Workflows.class.getResourceAsStream(file)) {
      return WorkflowFiles.parse(file, new String(json.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  static Set<String> handlers(Definition definition) {
    Set<String> handlers = new TreeSet<>();
    definition.tracks().stream().map(Track::handler).forEach(handlers::add);
    return handlers;
  }

  private static Definition parse(String yaml) {
    return WorkflowFiles.parse("bench.yaml", yaml);
  }
}
