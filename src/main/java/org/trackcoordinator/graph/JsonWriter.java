package org.trackcoordinator.graph;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Track;

/**
 * Writes a graph for programs, as one JSON document on one line.
 *
 * <pre>{@code
 * {"workflow", "hash", "description", "levels",
 *  "nodes": [{"id", "level", "description", "handler", "when", "onFailure", "fallbackOf", "root", "leaf"}],
 *  "edges": [{"from", "to", "kind": "completed" | "data_ready" | "fallback"}],
 *  "on": [{"id": "on.failed", "state": "failed", "handler"}]}
 * }</pre>
 *
 * What there is not is null. Nodes stand in topological order, edges in the order of the nodes that
 * they lead to.
 */
final class JsonWriter {

  private static final JsonMapper MAPPER = new JsonMapper();

  private JsonWriter() {}

  static String write(Definition definition) {
    ObjectNode graph = MAPPER.createObjectNode();
    graph
        .put("workflow", definition.workflow())
        .put("hash", definition.hash())
        .put("description", definition.description())
        .put("levels", levels(definition));
    ArrayNode nodes = graph.putArray("nodes");
    definition.tracks().forEach(track -> add(track, nodes.addObject()));
    ArrayNode edges = graph.putArray("edges");
    for (Link link : Link.of(definition)) {
      edges
          .addObject()
          .put("from", link.from().id())
          .put("to", link.to().id())
          .put("kind", link.kind().word());
    }
    ArrayNode on = graph.putArray("on");
    definition
        .on()
        .forEach(
            (state, handler) ->
                on.addObject()
                    .put("id", Definition.atRunEnd(state))
                    .put("state", state)
                    .put("handler", handler));
    return graph.toString() + "\n";
  }

  private static void add(Track track, ObjectNode node) {
    node.put("id", track.id())
        .put("level", track.level())
        .put("description", track.description())
        .put("handler", track.handler())
        .put("when", track.policy().when())
        .put("onFailure", track.policy().onFailure().action().word())
        .put("fallbackOf", track.fallbackOf())
        .put("root", track.root())
        .put("leaf", track.leaf());
  }

  private static int levels(Definition definition) {
    return definition.tracks().stream().mapToInt(track -> track.level() + 1).max().orElse(0);
  }
}
