package org.trackcoordinator.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Prints rows in columns as wide as their widest cell. Wide characters, as of Japanese, count
 * double; control characters are shown as spaces, since cells may hold what strangers wrote.
 */
public final class Table {

  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();
  private final Set<Integer> rightAligned = new HashSet<>();

  /** Begins a table with the titles of its columns. */
  public Table(String... titles) {
    rows.add(List.of(titles));
  }

  /** Aligns the columns of these titles, of numbers mostly, to the right. */
  public Table right(String... titles) {
    for (String title : titles) {
      rightAligned.add(rows.get(0).indexOf(title));
    }
    return this;
  }

  /** Adds a row; a null is an empty cell. There must be as many cells as titles. */
  public Table row(Object... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(cells.length + " cells for the columns " + rows.get(0));
    }
    rows.add(
        Arrays.stream(cells).map(cell -> cell == null ? "" : visible(cell.toString())).toList());
    return this;
  }

  /** Prints titles, a line and the rows. */
  public void print(PrintWriter out) {
    int[] widths = widths();
    List<String> rule = Arrays.stream(widths).mapToObj("-"::repeat).toList();
    print(out, rows.get(0), widths);
    print(out, rule, widths);
    rows.stream().skip(1).forEach(row -> print(out, row, widths));
    out.flush();
  }

  private int[] widths() {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int column = 0; column < widths.length; column++) {
        widths[column] = Math.max(widths[column], DisplayWidth.of(row.get(column)));
      }
    }
    return widths;
  }

  private void print(PrintWriter out, List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String cell = row.get(column);
      String padding = " ".repeat(widths[column] - DisplayWidth.of(cell));
      line.append(column == 0 ? "" : GAP);
      line.append(rightAligned.contains(column) ? padding + cell : cell + padding);
    }
    out.println(line.toString().stripTrailing());
  }

  private static String visible(String text) {
    return text.replaceAll("\\p{Cntrl}+", " ").strip();
  }
}
