package org.trackcoordinator.graph;

/** Pieces of SVG that its writers share. */
final class Svg {

  private Svg() {}

  /** A line of text that begins there; its class may be null. */
  static void text(Xml xml, String kind, String content, double x, double baseline) {
    xml.begin("text").with("class", kind).with("x", x).with("y", baseline).text(content).end();
  }

  static String translation(double x, double y) {
    return "translate(" + Xml.pair(x, y) + ")";
  }
}
