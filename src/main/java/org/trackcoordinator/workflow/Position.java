package org.trackcoordinator.workflow;

import java.util.Comparator;

/** Where something stands in its file; line and column count from 1. */
public record Position(int line, int column) implements Comparable<Position> {

  /** The file as a whole. */
  public static final Position NOWHERE = new Position(0, 0);

  private static final Comparator<Position> ORDER =
      Comparator.comparingInt(Position::line).thenComparingInt(Position::column);

  /** The place right after this text. */
  static Position endOf(String text) {
    int line = (int) text.chars().filter(c -> c == '\n').count() + 1;
    int start = text.lastIndexOf('\n') + 1;
    return new Position(line, text.codePointCount(start, text.length()) + 1);
  }

  @Override
  public int compareTo(Position other) {
    return ORDER.compare(this, other);
  }
}
