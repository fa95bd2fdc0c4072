package org.trackcoordinator.graph;

/** Text of people, made fit to be shown: on one line, without what would hide or turn it. */
final class Text {

  /** The first code point whose glyphs may be twice as wide as Latin ones. */
  private static final int FIRST_WIDE = 0x1100;

  private Text() {}

  /**
   * White space and control characters become single spaces; marks that turn the direction of
   * writing, halves of pairs and what XML cannot hold are left out.
   */
  static String clean(String text) {
    StringBuilder clean = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (Character.isWhitespace(c)
                  || Character.isSpaceChar(c)
                  || Character.isISOControl(c)) {
                if (!clean.isEmpty() && clean.charAt(clean.length() - 1) != ' ') {
                  clean.append(' ');
                }
              } else if (isShown(c)) {
                clean.appendCodePoint(c);
              }
            });
    return clean.toString().stripTrailing();
  }

  private static boolean isShown(int c) {
    return switch (Character.getType(c)) {
      case Character.SURROGATE -> false;
      // what joins letters or emoji; all others of this kind turn text or hide in it
      case Character.FORMAT -> c == 0x200C || c == 0x200D;
      default -> (c & 0xFFFE) != 0xFFFE && (c < 0xFDD0 || c > 0xFDEF); // no characters
    };
  }

  /** As {@link #clean}, and cut so that it takes no more than so many columns, the … included. */
  static String shorten(String text, int columns) {
    String clean = clean(text);
    if (columns(clean) <= columns) {
      return clean;
    }
    int taken = 0;
    int end = 0;
    while (taken + width(clean.codePointAt(end)) < columns) {
      taken += width(clean.codePointAt(end));
      end += Character.charCount(clean.codePointAt(end));
    }
    return clean.substring(0, end).stripTrailing() + "…";
  }

  /** A name, cut in the middle, since names of a kind differ at their ends. */
  static String shortenName(String name, int columns) {
    if (name.length() <= columns) {
      return name;
    }
    int tail = columns / 2;
    return name.substring(0, columns - 1 - tail) + "…" + name.substring(name.length() - tail);
  }

  /** How wide it is at most, in Latin letters of a font whose letters are all of one width. */
  static int columns(String text) {
    return text.codePoints().map(Text::width).sum();
  }

  private static int width(int codePoint) {
    return codePoint < FIRST_WIDE || codePoint == '…' ? 1 : 2;
  }
}
