package org.trackcoordinator.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Prints rows in columns as wide as their widest cell. Wide characters, as of Japanese, count
 * double; control characters are shown as spaces, since cells may hold what strangers wrote.
 */
public final class Table {

  private static final String GAP = "  ";

  private final List<String> titles;
  private final List<List<String>> rows = new ArrayList<>();
  private final Set<Integer> rightAligned = new HashSet<>();
  private final Map<Integer, UnaryOperator<String>> colours = new HashMap<>();
  private final int[] widths;
  private boolean begun;

  /** Begins a table with the titles of its columns. */
  public Table(String... titles) {
    this.titles = List.of(titles);
    this.widths = new int[titles.length];
    widen(this.titles);
  }

  /** Aligns the columns of these titles, of numbers mostly, to the right. */
  public Table right(String... columns) {
    for (String title : columns) {
      rightAligned.add(titles.indexOf(title));
    }
    return this;
  }

  /** Shows the cells of a column as {@code colour} paints their text, which takes no width. */
  Table coloured(String title, UnaryOperator<String> colour) {
    colours.put(titles.indexOf(title), colour);
    return this;
  }

  /** Adds a row; a null is an empty cell. There must be as many cells as titles. */
  public Table row(Object... cells) {
    if (cells.length != titles.size()) {
      throw new IllegalArgumentException(cells.length + " cells for the columns " + titles);
    }
    List<String> row =
        Arrays.stream(cells)
            .map(cell -> cell == null ? "" : Printable.line(cell.toString()))
            .toList();
    widen(row);
    rows.add(row);
    return this;
  }

  /**
   * Prints titles, a line and the rows; later, the rows that were added since. Columns only become
   * wider.
   */
  public void print(PrintWriter out) {
    if (!begun) {
      begun = true;
      out.println(line(titles, false));
      out.println(line(Arrays.stream(widths).mapToObj("-"::repeat).toList(), false));
    }
    rows.forEach(row -> out.println(line(row, true)));
    rows.clear();
    out.flush();
  }

  private void widen(List<String> row) {
    for (int column = 0; column < widths.length; column++) {
      widths[column] = Math.max(widths[column], DisplayWidth.of(row.get(column)));
    }
  }

  private String line(List<String> row, boolean inColour) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String cell = row.get(column);
      String padding = " ".repeat(widths[column] - DisplayWidth.of(cell));
      UnaryOperator<String> colour = inColour ? colours.get(column) : null;
      String shown = colour == null ? cell : colour.apply(cell);
      line.append(column == 0 ? "" : GAP);
      line.append(rightAligned.contains(column) ? padding + shown : shown + padding);
    }
    return line.toString().stripTrailing();
  }
}
