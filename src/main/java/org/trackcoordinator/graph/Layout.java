package org.trackcoordinator.graph;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.elk.alg.layered.options.LayeredOptions;
import org.eclipse.elk.alg.layered.options.LayeringStrategy;
import org.eclipse.elk.core.RecursiveGraphLayoutEngine;
import org.eclipse.elk.core.math.ElkPadding;
import org.eclipse.elk.core.options.Alignment;
import org.eclipse.elk.core.options.CoreOptions;
import org.eclipse.elk.core.options.Direction;
import org.eclipse.elk.core.options.EdgeRouting;
import org.eclipse.elk.core.options.PortConstraints;
import org.eclipse.elk.core.options.PortSide;
import org.eclipse.elk.core.util.NullElkProgressMonitor;
import org.eclipse.elk.graph.ElkBendPoint;
import org.eclipse.elk.graph.ElkEdge;
import org.eclipse.elk.graph.ElkEdgeSection;
import org.eclipse.elk.graph.ElkNode;
import org.eclipse.elk.graph.ElkPort;
import org.eclipse.elk.graph.util.ElkGraphUtil;
import org.trackcoordinator.graph.Drawing.Point;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Track;

/**
 * Finds a place for each track, by the Eclipse Layout Kernel: a column for each level, from left to
 * right, with few crossings, and links led around the boxes between. The same definition gets the
 * same drawing.
 */
final class Layout {

  /**
   * Beyond, a drawing takes more than some seconds and hundreds of MB, and nobody could read it.
   */
  private static final int MOST_TRACKS = 10_000;

  private static final int MOST_LEVELS_CROSSED = 50_000;

  private static final double BETWEEN_BOXES = 16;
  private static final double BETWEEN_COLUMNS = 48;

  /** More than a box is wide, so that boxes of different levels don't look like one column. */
  private static final double FAR = 10_000;

  private final ElkNode graph = ElkGraphUtil.createGraph();
  private final Map<Track, Ends> ends = new HashMap<>();

  private Layout() {
    graph.setProperty(CoreOptions.ALGORITHM, LayeredOptions.ALGORITHM_ID);
    graph.setProperty(LayeredOptions.DIRECTION, Direction.RIGHT);
    graph.setProperty(LayeredOptions.EDGE_ROUTING, EdgeRouting.POLYLINE);
    // the columns are where we put the boxes: a level is more than the longest way by links
    graph.setProperty(LayeredOptions.LAYERING_STRATEGY, LayeringStrategy.INTERACTIVE);
    graph.setProperty(LayeredOptions.SEPARATE_CONNECTED_COMPONENTS, false);
    graph.setProperty(LayeredOptions.PADDING, new ElkPadding(0));
    graph.setProperty(LayeredOptions.SPACING_NODE_NODE, BETWEEN_BOXES);
    graph.setProperty(LayeredOptions.SPACING_NODE_NODE_BETWEEN_LAYERS, BETWEEN_COLUMNS);
  }

  /**
   * @throws TooLargeToDrawException if it is
   */
  static Drawing of(Definition definition) {
    List<Link> links = Link.of(definition);
    refuseTooLarge(definition, links);
    return new Layout().draw(definition, links);
  }

  private static void refuseTooLarge(Definition definition, List<Link> links) {
    int tracks = definition.tracks().size();
    int crossed = links.stream().mapToInt(link -> link.to().level() - link.from().level()).sum();
    if (tracks > MOST_TRACKS || crossed > MOST_LEVELS_CROSSED) {
      throw new TooLargeToDrawException(
          ("workflow '%s' is too large for a picture: it has %,d tracks (at most %,d are drawn), its edges cross %,d"
                  + " levels together (at most %,d); ask for json or dot")
              .formatted(definition.workflow(), tracks, MOST_TRACKS, crossed, MOST_LEVELS_CROSSED));
    }
  }

  private Drawing draw(Definition definition, List<Link> links) {
    definition.tracks().forEach(this::add);
    List<ElkEdge> edges = links.stream().map(this::add).toList();
    new RecursiveGraphLayoutEngine().layout(graph, new NullElkProgressMonitor());
    return new Drawing(
        graph.getChildren().stream().map(node -> new Point(node.getX(), node.getY())).toList(),
        edges.stream().map(Layout::points).toList(),
        graph.getWidth(),
        graph.getHeight());
  }

  private void add(Track track) {
    Card card = Card.of(Caption.of(track));
    ElkNode node = ElkGraphUtil.createNode(graph);
    node.setDimensions(card.width(), card.height());
    node.setX(track.level() * FAR);
    node.setProperty(LayeredOptions.ALIGNMENT, Alignment.LEFT);
    node.setProperty(LayeredOptions.PORT_CONSTRAINTS, PortConstraints.FIXED_SIDE);
    ends.put(track, new Ends(node));
  }

  private ElkEdge add(Link link) {
    return ElkGraphUtil.createSimpleEdge(
        ends.get(link.from()).outgoing(link.kind()), ends.get(link.to()).incoming(link.kind()));
  }

  private static List<Point> points(ElkEdge edge) {
    ElkEdgeSection section = edge.getSections().get(0);
    List<Point> points = new ArrayList<>();
    points.add(new Point(section.getStartX(), section.getStartY()));
    for (ElkBendPoint bend : section.getBendPoints()) {
      points.add(new Point(bend.getX(), bend.getY()));
    }
    points.add(new Point(section.getEndX(), section.getEndY()));
    return points;
  }

  /** Where links meet a box: those of one kind in one place, so that they don't hide others. */
  private static final class Ends {

    private final ElkNode node;
    private final Map<Link.Kind, ElkPort> incoming = new EnumMap<>(Link.Kind.class);
    private final Map<Link.Kind, ElkPort> outgoing = new EnumMap<>(Link.Kind.class);

    Ends(ElkNode node) {
      this.node = node;
    }

    ElkPort incoming(Link.Kind kind) {
      return incoming.computeIfAbsent(kind, any -> port(PortSide.WEST));
    }

    ElkPort outgoing(Link.Kind kind) {
      return outgoing.computeIfAbsent(kind, any -> port(PortSide.EAST));
    }

    private ElkPort port(PortSide side) {
      ElkPort port = ElkGraphUtil.createPort(node);
      port.setProperty(LayeredOptions.PORT_SIDE, side);
      return port;
    }
  }
}
