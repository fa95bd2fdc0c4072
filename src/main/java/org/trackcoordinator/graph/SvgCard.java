package org.trackcoordinator.graph;

import java.util.ArrayList;
import java.util.List;

/** Writes a card as {@code <g class="track" data-track="…">}. */
final class SvgCard {

  static final double BADGE_RADIUS = 8;

  private static final int TOOLTIP_COLUMNS = 500;
  private static final double EDGED = 6;
  private static final double ROUND = 17;

  private final Xml xml;

  SvgCard(Xml xml) {
    this.xml = xml;
  }

  /**
   * @param kind the classes
   * @param level of the track; null if it is not part of the graph
   * @param state null if there is none to show
   */
  void write(String kind, Card card, Integer level, State state, double x, double y) {
    Caption caption = card.caption();
    xml.begin("g")
        .with("class", state == null ? kind : kind + " state-" + state.word())
        .with("data-track", caption.id())
        .with("data-level", level == null ? null : level.toString())
        .with("data-state", state == null ? null : state.word())
        .with("transform", Svg.translation(x, y));
    xml.begin("title").text(tooltip(caption, state)).end();
    xml.begin("rect")
        .with("class", "box")
        .with("width", card.width())
        .with("height", card.height())
        .with("rx", level == null ? ROUND : EDGED)
        .end();
    double baseline = Card.TITLE_BASELINE;
    Svg.text(xml, "title", card.title(), Card.PADDING, baseline);
    for (String line : card.lines()) {
      baseline += Card.LINE_HEIGHT;
      Svg.text(xml, "line", line, Card.PADDING, baseline);
    }
    if (state != null) {
      badge(state, card.width(), 0);
    }
    xml.end();
  }

  /** The sign of a state, around this point; its colour is said by the element around it. */
  void badge(State state, double x, double y) {
    xml.begin("g").with("transform", Svg.translation(x, y));
    xml.begin("circle").with("class", "badge").with("r", BADGE_RADIUS).end();
    xml.begin("path").with("class", "sign").with("d", state.sign()).end();
    xml.end();
  }

  private static String tooltip(Caption caption, State state) {
    List<String> lines = new ArrayList<>();
    lines.add(caption.id());
    lines.addAll(caption.lines(TOOLTIP_COLUMNS));
    if (state != null) {
      lines.add(state.word());
    }
    return String.join("\n", lines);
  }
}
