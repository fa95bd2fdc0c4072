package org.trackcoordinator.graph;

import java.util.List;
import org.trackcoordinator.graph.Drawing.Point;

/** Writes links as {@code <path class="edge" data-from="…" data-to="…">}. */
final class SvgLines {

  private final Xml xml;
  private final String idPrefix;

  /**
   * @param idPrefix of the ids of arrow heads, so that those of other pictures on a page differ
   */
  SvgLines(Xml xml, String idPrefix) {
    this.xml = xml;
    this.idPrefix = idPrefix;
  }

  /** The arrow heads, one for each kind: SVG has no other way to colour them as their lines. */
  void heads() {
    xml.begin("defs");
    for (Link.Kind kind : Link.Kind.values()) {
      xml.begin("marker")
          .with("id", idPrefix + kind.word())
          .with("viewBox", "0 0 8 8")
          .with("refX", 8)
          .with("refY", 4)
          .with("markerUnits", "userSpaceOnUse")
          .with("markerWidth", 9)
          .with("markerHeight", 9)
          .with("orient", "auto");
      xml.begin("path").with("class", "head " + kind.word()).with("d", "M0 .5 8 4 0 7.5Z").end();
      xml.end();
    }
    xml.end();
  }

  void write(Link link, List<Point> points) {
    line(link.kind(), link.from().id(), link.to().id(), path(points));
  }

  /** A short one, to show what its kind looks like. */
  void sample(Link.Kind kind, double x, double y, double length) {
    line(kind, null, null, path(List.of(new Point(x, y), new Point(x + length, y))));
  }

  private void line(Link.Kind kind, String from, String to, String path) {
    xml.begin("path")
        .with("class", "edge " + kind.word())
        .with("data-from", from)
        .with("data-to", to)
        .with("marker-end", "url(#" + idPrefix + kind.word() + ")")
        .with("d", path)
        .end();
  }

  /** Level where boxes stand beside it, bent between the columns. */
  private static String path(List<Point> points) {
    StringBuilder path = new StringBuilder();
    Point from = points.get(0);
    path.append('M').append(Xml.pair(from.x(), from.y()));
    for (Point to : points.subList(1, points.size())) {
      if (Xml.number(from.y()).equals(Xml.number(to.y()))) {
        path.append('H').append(Xml.number(to.x()));
      } else {
        double middle = (from.x() + to.x()) / 2;
        path.append('C').append(Xml.pair(middle, from.y())).append(' ');
        path.append(Xml.pair(middle, to.y())).append(' ').append(Xml.pair(to.x(), to.y()));
      }
      from = to;
    }
    return path.toString();
  }
}
