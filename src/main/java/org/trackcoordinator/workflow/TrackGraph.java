package org.trackcoordinator.workflow;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jgrapht.Graph;
import org.jgrapht.Graphs;
import org.jgrapht.alg.connectivity.KosarajuStrongConnectivityInspector;
import org.jgrapht.alg.interfaces.ShortestPathAlgorithm.SingleSourcePaths;
import org.jgrapht.alg.shortestpath.BFSShortestPath;
import org.jgrapht.graph.AsSubgraph;
import org.jgrapht.graph.DirectedMultigraph;
import org.jgrapht.traverse.NotDirectedAcyclicGraphException;
import org.jgrapht.traverse.TopologicalOrderIterator;

/** The tracks of one workflow and what must end before what can start. */
final class TrackGraph {

  private static final int LONGEST_SHOWN = 100;

  private final Graph<String, Edge> graph = new DirectedMultigraph<>(Edge.class);

  private TrackGraph() {}

  static TrackGraph of(List<Edge> edges, List<TrackDraft> tracks) {
    TrackGraph result = new TrackGraph();
    tracks.forEach(track -> result.graph.addVertex(track.id()));
    edges.forEach(edge -> result.graph.addEdge(edge.from(), edge.to(), edge));
    return result;
  }

  /** Adds a problem for each knot of cycles: a shortest one through its first track. */
  void refuseCycles(Problems problems) {
    if (isAcyclic()) {
      return;
    }
    Map<String, Set<String>> knotOf = new HashMap<>();
    new KosarajuStrongConnectivityInspector<>(graph)
        .stronglyConnectedSets().stream()
            .filter(knot -> knot.size() > 1)
            .forEach(knot -> knot.forEach(id -> knotOf.put(id, knot)));
    for (String first : graph.vertexSet()) {
      Set<String> knot = knotOf.get(first);
      if (knot != null) {
        refuseCycle(new AsSubgraph<>(graph, knot), first, problems);
        knot.forEach(knotOf::remove);
      }
    }
  }

  /** One pass over the order, so that good files don't pay for finding the knots. */
  private boolean isAcyclic() {
    try {
      new TopologicalOrderIterator<>(graph).forEachRemaining(id -> {});
      return true;
    } catch (NotDirectedAcyclicGraphException e) {
      return false;
    }
  }

  private static void refuseCycle(Graph<String, Edge> knot, String first, Problems problems) {
    SingleSourcePaths<String, Edge> paths = new BFSShortestPath<>(knot).getPaths(first);
    Edge closing = null;
    for (Edge edge : knot.incomingEdgesOf(first)) {
      if (closing == null || paths.getWeight(edge.from()) < paths.getWeight(closing.from())) {
        closing = edge;
      }
    }
    String cycle = String.join(" → ", shown(paths.getPath(closing.from()).getVertexList()));
    String message = "cycle: " + cycle + " → " + first + "; remove one of these dependencies";
    problems.add(closing.position(), closing.path(), message);
  }

  private static List<String> shown(List<String> path) {
    List<String> shown = path.stream().map(Words::shorten).collect(Collectors.toList());
    int hidden = path.size() - LONGEST_SHOWN;
    if (hidden > 0) {
      shown.subList(LONGEST_SHOWN / 2, LONGEST_SHOWN / 2 + hidden).clear();
      shown.add(LONGEST_SHOWN / 2, "(" + hidden + " more)");
    }
    return shown;
  }

  /**
   * The longest way from a root to each track; the graph has no cycle. What depends on a track
   * stands above its fallback too, which may hand on in its place.
   */
  Map<String, Integer> levels() {
    Graph<String, Edge> all = withStandIns();
    Map<String, Integer> levels = new HashMap<>();
    new TopologicalOrderIterator<>(all)
        .forEachRemaining(
            id -> {
              int level = 0;
              for (Edge edge : all.incomingEdgesOf(id)) {
                level = Math.max(level, levels.get(edge.from()) + 1);
              }
              levels.put(id, level);
            });
    return levels;
  }

  private Graph<String, Edge> withStandIns() {
    Graph<String, Edge> all = new DirectedMultigraph<>(Edge.class);
    Graphs.addGraph(all, graph);
    for (Edge steppingIn : graph.edgeSet()) {
      if (steppingIn.fallback() && fallbackOf(steppingIn.from()) == null) {
        for (Edge edge = steppingIn; edge != null; edge = fallback(edge.to())) {
          String standIn = edge.to();
          graph.outgoingEdgesOf(steppingIn.from()).stream()
              .filter(e -> !e.fallback())
              .forEach(
                  e ->
                      all.addEdge(
                          standIn,
                          e.to(),
                          new Edge(standIn, e.to(), false, e.position(), e.path())));
        }
      }
    }
    return all;
  }

  private Edge fallback(String id) {
    return graph.outgoingEdgesOf(id).stream().filter(Edge::fallback).findFirst().orElse(null);
  }

  /** The track that this one steps in for, or null. */
  String fallbackOf(String id) {
    return graph.incomingEdgesOf(id).stream()
        .filter(Edge::fallback)
        .map(Edge::from)
        .findFirst()
        .orElse(null);
  }

  boolean hasDependents(String id) {
    return graph.outgoingEdgesOf(id).stream().anyMatch(edge -> !edge.fallback());
  }
}
