package org.trackcoordinator.graph;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.trackcoordinator.graph.Drawing.Point;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Track;

/**
 * Writes a drawing as one SVG element that needs no other file, no font and no script: the name,
 * the graph, the handlers at the end of the run, and a key.
 *
 * <p>Each track is a {@code <g class="track" data-track="…">}, so are the handlers ({@code
 * on.failed}); each link is a {@code <path class="edge" data-from="…" data-to="…">}. A state adds
 * the class {@code state-failed} and the like.
 */
final class SvgWriter {

  private static final double MARGIN = 24;
  private static final double NAME_SIZE = 18;
  private static final double ABOUT_SIZE = 12;
  private static final double GAP = 16;
  private static final int ABOUT_COLUMNS = 100;

  private final Definition definition;
  private final Drawing drawing;
  private final Map<String, State> states;
  private final String idPrefix;
  private final Xml xml = new Xml();
  private final SvgCard cards = new SvgCard(xml);
  private final SvgLines lines;
  private final Set<Link.Kind> kinds = EnumSet.noneOf(Link.Kind.class);
  private final Set<State> statesShown = EnumSet.noneOf(State.class);

  /** Where the next part begins, and where the widest one ends. */
  private double y = MARGIN;

  private double right = MARGIN;

  private SvgWriter(Definition definition, Drawing drawing, Map<String, State> states) {
    this.definition = definition;
    this.drawing = drawing;
    this.states = states;
    this.idPrefix = "track-graph-" + definition.hash().substring(0, 8) + "-";
    this.lines = new SvgLines(xml, idPrefix);
  }

  /**
   * @param drawing of this definition
   * @param states by track id; tracks without one are drawn without
   */
  static String write(Definition definition, Drawing drawing, Map<String, State> states) {
    return new SvgWriter(definition, drawing, states).svg();
  }

  private String svg() {
    lines.heads();
    head();
    links();
    tracks();
    runEnds();
    key();
    double width = right + MARGIN;
    double height = y + MARGIN;
    Xml root = new Xml();
    root.begin("svg")
        .with("xmlns", "http://www.w3.org/2000/svg")
        .with("class", "track-graph")
        .with("role", "img")
        .with("aria-labelledby", idPrefix + "title " + idPrefix + "desc")
        .with("data-workflow", definition.workflow())
        .with("data-definition", definition.hash())
        .with("width", width)
        .with("height", height)
        .with("viewBox", "0 0 " + Xml.pair(width, height));
    root.begin("title").with("id", idPrefix + "title").text(definition.workflow()).end();
    root.begin("desc").with("id", idPrefix + "desc").text(description()).end();
    root.begin("style").text(SvgStyle.CSS).end();
    root.begin("rect").with("class", "paper").with("width", width).with("height", height).end();
    return root.add(xml).end().toString();
  }

  private String description() {
    int levels = 1 + definition.tracks().stream().mapToInt(Track::level).max().orElse(0);
    String counts =
        "%s, %s, %s"
            .formatted(
                count(definition.tracks().size(), "track"),
                count(drawing.curves().size(), "edge"),
                count(levels, "level"));
    return definition.description() == null
        ? counts
        : counts + ". " + Text.clean(definition.description());
  }

  private static String count(int number, String word) {
    return number + " " + word + (number == 1 ? "" : "s");
  }

  private void head() {
    y += NAME_SIZE;
    text("name", definition.workflow(), NAME_SIZE);
    y += 1.5 * ABOUT_SIZE;
    text("about", Text.shorten(description(), ABOUT_COLUMNS), ABOUT_SIZE);
    y += GAP + ABOUT_SIZE;
  }

  private void text(String kind, String content, double size) {
    Svg.text(xml, kind, content, MARGIN, y);
    widen(MARGIN + Card.width(content, size));
  }

  private void links() {
    xml.begin("g").with("class", "edges").with("transform", Svg.translation(MARGIN, y));
    List<Link> links = Link.of(definition);
    for (int i = 0; i < links.size(); i++) {
      kinds.add(links.get(i).kind());
      lines.write(links.get(i), drawing.curves().get(i));
    }
    xml.end();
  }

  private void tracks() {
    xml.begin("g").with("class", "tracks");
    for (int i = 0; i < definition.tracks().size(); i++) {
      Track track = definition.tracks().get(i);
      Point corner = drawing.corners().get(i);
      String kind = track.fallbackOf() == null ? "track" : "track fallback";
      Card card = Card.of(Caption.of(track));
      card(kind, card, track.level(), MARGIN + corner.x(), y + corner.y());
    }
    xml.end();
    y += drawing.height() + GAP;
  }

  private void runEnds() {
    List<Card> ends = Caption.ofRunEnds(definition).stream().map(Card::of).toList();
    if (ends.isEmpty()) {
      return;
    }
    y += GAP;
    text("about", "When the run ends", ABOUT_SIZE);
    y += ABOUT_SIZE;
    xml.begin("g").with("class", "tracks");
    double x = MARGIN;
    for (Card end : ends) {
      card("track run-end", end, null, x, y);
      x += end.width() + GAP;
    }
    xml.end();
    y += ends.stream().mapToDouble(Card::height).max().orElse(0) + GAP;
  }

  private void card(String kind, Card card, Integer level, double x, double top) {
    State state = states.get(card.caption().id());
    if (state != null) {
      statesShown.add(state);
    }
    cards.write(kind, card, level, state, x, top);
    widen(x + card.width());
  }

  private void key() {
    SvgKey key = new SvgKey(xml, MARGIN, y);
    key.write(kinds, lines, statesShown, cards);
    widen(key.right());
    y = key.bottom();
  }

  private void widen(double needed) {
    right = Math.max(right, needed);
  }
}
