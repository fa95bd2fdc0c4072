package org.trackcoordinator.graph;

import java.util.List;

/**
 * A track as it is drawn: its caption in a box. Lengths are in pixels.
 *
 * @param caption all that is said of it
 * @param title the id, cut so that it fits
 * @param lines below the title, cut so that they fit
 * @param width of the box
 * @param height of the box
 */
record Card(Caption caption, String title, List<String> lines, double width, double height) {

  static final double PADDING = 12;
  static final double TITLE_SIZE = 13;
  static final double TITLE_BASELINE = 22;
  static final double LINE_SIZE = 11;
  static final double LINE_HEIGHT = 16;

  private static final double LOWEST = 34;
  private static final double NARROWEST = 72;
  private static final int TITLE_COLUMNS = 40;
  private static final int LINE_COLUMNS = 44;

  /** The letters of fonts of one width are at most so wide, as a share of their size. */
  private static final double COLUMN = 0.61;

  static Card of(Caption caption) {
    String title = Text.shortenName(caption.id(), TITLE_COLUMNS);
    List<String> lines = caption.lines(LINE_COLUMNS);
    double widest = width(title, TITLE_SIZE);
    for (String line : lines) {
      widest = Math.max(widest, width(line, LINE_SIZE));
    }
    return new Card(
        caption,
        title,
        lines,
        Math.max(NARROWEST, Math.ceil(widest + 2 * PADDING)),
        LOWEST + lines.size() * LINE_HEIGHT);
  }

  /** How much room a text may take, in the widest font that is asked for. */
  static double width(String text, double size) {
    return Text.columns(text) * size * COLUMN;
  }
}
