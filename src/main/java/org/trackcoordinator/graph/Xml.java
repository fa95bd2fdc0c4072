package org.trackcoordinator.graph;

import java.util.ArrayDeque;
import java.util.Deque;

/** Writes elements of XML, one a line; text and the values of attributes are escaped. */
final class Xml {

  private final StringBuilder text = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();
  private boolean inTag;

  /** Begins an element, in the one that is open. */
  Xml begin(String name) {
    if (inTag) {
      text.append(">\n");
    }
    text.append('<').append(name);
    open.push(name);
    inTag = true;
    return this;
  }

  /** An attribute of the element that was just begun; none if the value is null. */
  Xml with(String attribute, String value) {
    if (value != null) {
      text.append(' ').append(attribute).append("=\"").append(escape(value)).append('"');
    }
    return this;
  }

  Xml with(String attribute, double length) {
    return with(attribute, number(length));
  }

  /** Text in the element that is open. */
  Xml text(String content) {
    text.append(inTag ? ">" : "").append(escape(content));
    inTag = false;
    return this;
  }

  /** All that another one has written, in the element that is open. */
  Xml add(Xml other) {
    text.append(inTag ? ">\n" : "").append(other);
    inTag = false;
    return this;
  }

  /** Ends the element that is open. */
  Xml end() {
    String name = open.pop();
    text.append(inTag ? "/>\n" : "</" + name + ">\n");
    inTag = false;
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }

  /** A length with at most one decimal, the same in every locale. */
  static String number(double length) {
    long tenths = Math.round(length * 10);
    long rest = Math.abs(tenths) % 10;
    return (tenths < 0 ? "-" : "") + Math.abs(tenths) / 10 + (rest == 0 ? "" : "." + rest);
  }

  static String pair(double x, double y) {
    return number(x) + " " + number(y);
  }

  private static String escape(String content) {
    return content
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
