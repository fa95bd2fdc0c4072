package org.trackcoordinator.graph;

import java.util.Set;

/** Writes what the lines and the signs mean, of those that there are: a row of each. */
final class SvgKey {

  private static final double ROW = 24;
  private static final double SAMPLE = 36;
  private static final double HALF_LETTER = 4;
  private static final double GAP = 8;
  private static final double BETWEEN = 16;

  private final Xml xml;
  private final double left;
  private double y;
  private double right;

  /**
   * @param left where the rows begin
   * @param top below what they stand
   */
  SvgKey(Xml xml, double left, double top) {
    this.xml = xml;
    this.left = left;
    this.y = top;
    this.right = left;
  }

  void write(Set<Link.Kind> kinds, SvgLines lines, Set<State> states, SvgCard cards) {
    xml.begin("g").with("class", "key");
    double x = nextRow(kinds);
    for (Link.Kind kind : kinds) {
      lines.sample(kind, x, y - HALF_LETTER, SAMPLE);
      x = explain(kind.meaning(), x + SAMPLE);
    }
    x = nextRow(states);
    for (State state : states) {
      xml.begin("g").with("class", "state-" + state.word());
      cards.badge(state, x + SvgCard.BADGE_RADIUS, y - HALF_LETTER);
      xml.end();
      x = explain(state.word(), x + 2 * SvgCard.BADGE_RADIUS);
    }
    xml.end();
  }

  private double nextRow(Set<?> entries) {
    y += entries.isEmpty() ? 0 : ROW;
    return left;
  }

  private double explain(String meaning, double x) {
    Svg.text(xml, null, meaning, x + GAP, y);
    double end = x + GAP + Card.width(meaning, Card.LINE_SIZE);
    right = Math.max(right, end);
    return end + BETWEEN;
  }

  /** Where the longest row ends. */
  double right() {
    return right;
  }

  /** Where the last row stands. */
  double bottom() {
    return y;
  }
}
