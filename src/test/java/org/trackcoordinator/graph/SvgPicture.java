package org.trackcoordinator.graph;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.trackcoordinator.graph.Drawing.Point;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** A picture as its viewer reads it: an XML document with boxes and lines. */
final class SvgPicture {

  private static final Pattern TRANSLATION = Pattern.compile("translate\\((\\S+) (\\S+)\\)");
  private static final Pattern STEP = Pattern.compile("([MHC])([^MHC]*)");
  private static final int POINTS_OF_A_BEND = 24;

  private final Document document;

  record Box(String track, Integer level, double x, double y, double width, double height) {

    /** Whether it covers the point; its border does not count. */
    boolean covers(Point point) {
      return point.x() > x + 1
          && point.x() < x + width - 1
          && point.y() > y + 1
          && point.y() < y + height - 1;
    }

    boolean overlaps(Box other) {
      return x < other.x + other.width
          && other.x < x + width
          && y < other.y + other.height
          && other.y < y + height;
    }
  }

  /** An edge of a definition as it is drawn; from, to and kind say which. */
  record Line(String from, String to, String kind, List<Point> points) {
    String name() {
      return from + " -" + kind + "-> " + to;
    }
  }

  private SvgPicture(Document document) {
    this.document = document;
  }

  /** Fails if it is no well-formed XML. */
  static SvgPicture read(String svg) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setNamespaceAware(true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      return new SvgPicture(
          factory.newDocumentBuilder().parse(new InputSource(new StringReader(svg))));
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new AssertionError("no XML: " + e.getMessage(), e);
    }
  }

  Element root() {
    return document.getDocumentElement();
  }

  List<Element> elements(String name) {
    NodeList nodes = document.getElementsByTagName(name);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  /** Those of tracks and of handlers at the end of the run. */
  List<Box> boxes() {
    return elements("g").stream()
        .filter(group -> group.hasAttribute("data-track"))
        .map(SvgPicture::box)
        .toList();
  }

  Element track(String id) {
    return elements("g").stream()
        .filter(group -> group.getAttribute("data-track").equals(id))
        .findFirst()
        .orElseThrow();
  }

  private static Box box(Element group) {
    Point corner = offset(group);
    Element rect = (Element) group.getElementsByTagName("rect").item(0);
    String level = group.getAttribute("data-level");
    return new Box(
        group.getAttribute("data-track"),
        level.isEmpty() ? null : Integer.valueOf(level),
        corner.x(),
        corner.y(),
        Double.parseDouble(rect.getAttribute("width")),
        Double.parseDouble(rect.getAttribute("height")));
  }

  private static Point offset(Element element) {
    Matcher translation = TRANSLATION.matcher(element.getAttribute("transform"));
    if (!translation.matches()) {
      throw new AssertionError("no place: " + element.getAttribute("transform"));
    }
    return new Point(
        Double.parseDouble(translation.group(1)), Double.parseDouble(translation.group(2)));
  }

  List<Line> lines() {
    return elements("path").stream()
        .filter(path -> path.hasAttribute("data-from"))
        .map(
            path ->
                new Line(
                    path.getAttribute("data-from"),
                    path.getAttribute("data-to"),
                    path.getAttribute("class").replace("edge ", ""),
                    points(path.getAttribute("d"), offset((Element) path.getParentNode()))))
        .toList();
  }

  /** Points close to one another along a path. */
  private static List<Point> points(String path, Point offset) {
    List<Point> points = new ArrayList<>();
    Matcher steps = STEP.matcher(path);
    while (steps.find()) {
      String[] numbers = steps.group(2).trim().split(" ");
      double[] n = new double[numbers.length];
      for (int i = 0; i < n.length; i++) {
        n[i] = Double.parseDouble(numbers[i]) + (i % 2 == 0 ? offset.x() : offset.y());
      }
      Point last = points.isEmpty() ? null : points.get(points.size() - 1);
      switch (steps.group(1)) {
        case "M" -> points.add(new Point(n[0], n[1]));
        case "H" -> {
          for (double x = last.x() + 10; x < n[0]; x += 10) {
            points.add(new Point(x, last.y()));
          }
          points.add(new Point(n[0], last.y()));
        }
        default -> {
          for (int i = 1; i <= POINTS_OF_A_BEND; i++) {
            double t = i / (double) POINTS_OF_A_BEND;
            points.add(
                new Point(
                    bend(t, last.x(), n[0], n[2], n[4]), bend(t, last.y(), n[1], n[3], n[5])));
          }
        }
      }
    }
    return points;
  }

  private static double bend(double t, double a, double b, double c, double d) {
    double s = 1 - t;
    return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
  }

  /** The boxes by their levels. */
  static Map<Integer, List<Box>> columns(Collection<Box> boxes) {
    Map<Integer, List<Box>> columns = new HashMap<>();
    for (Box box : boxes) {
      if (box.level() != null) {
        columns.computeIfAbsent(box.level(), level -> new ArrayList<>()).add(box);
      }
    }
    return columns;
  }
}
