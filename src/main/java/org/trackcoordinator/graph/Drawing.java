package org.trackcoordinator.graph;

import java.util.List;

/**
 * Where everything stands, in pixels from the upper left corner. It holds no text, so that it can
 * be kept.
 *
 * @param corners the upper left ones of the tracks' boxes, in the order of the definition
 * @param curves of the links, in the order of {@link Link#of}: from the right side of a box to the
 *     left side of another, by way of these points
 * @param width of it all
 * @param height of it all
 */
record Drawing(List<Point> corners, List<List<Point>> curves, double width, double height) {

  record Point(double x, double y) {}

  /** How much there is to keep. */
  int points() {
    return corners.size() + curves.stream().mapToInt(List::size).sum();
  }
}
