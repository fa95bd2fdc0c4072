package org.trackcoordinator.coordinator;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads one-dimensional PostgreSQL arrays in their text form, such as <code>{drive,"a b",NULL}
 * </code>.
 */
final class PostgresArrays {

  private PostgresArrays() {}

  /** The elements in order; an SQL null element is null, a null array is empty. */
  static List<String> elements(String array) {
    List<String> elements = new ArrayList<>();
    if (array == null || array.length() < 3) {
      return elements;
    }
    StringBuilder element = new StringBuilder();
    boolean inQuotes = false;
    boolean wasQuoted = false;
    for (int i = 1; i < array.length(); i++) {
      char c = array.charAt(i);
      if (c == '\\') {
        element.append(array.charAt(++i));
      } else if (c == '"') {
        inQuotes = !inQuotes;
        wasQuoted = true;
      } else if (!inQuotes && (c == ',' || c == '}')) {
        boolean isNull = !wasQuoted && element.toString().equals("NULL");
        elements.add(isNull ? null : element.toString());
        element.setLength(0);
        wasQuoted = false;
      } else {
        element.append(c);
      }
    }
    return elements;
  }
}
