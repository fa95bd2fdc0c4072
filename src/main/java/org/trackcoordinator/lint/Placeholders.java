package org.trackcoordinator.lint;

import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts values in place of {@code {{key}}} and {@code {{key:default}}}, as Camel would. */
final class Placeholders {

  /** Stands for what only a running instance knows; no text of a file holds it. */
  private static final String UNKNOWN = "\0";

  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\{\\{\\??((?:env:|sys:)?[^{}:]+)(?::([^{}]*))?}}");

  private final UnaryOperator<String> values;

  /**
   * @param values the value of a key; null if it has none
   */
  Placeholders(UnaryOperator<String> values) {
    this.values = values;
  }

  /** The text with all that is known; see {@link #isKnown}. */
  String fill(String text) {
    Matcher matcher = PLACEHOLDER.matcher(text);
    StringBuilder filled = new StringBuilder();
    while (matcher.find()) {
      String value = value(matcher.group(1));
      String otherwise = matcher.group(2) == null ? UNKNOWN : matcher.group(2);
      matcher.appendReplacement(
          filled, Matcher.quoteReplacement(value == null ? otherwise : value));
    }
    return matcher.appendTail(filled).toString();
  }

  /** Whether nothing in a filled text depends on a running instance or on a message. */
  static boolean isKnown(String filled) {
    return !filled.contains(UNKNOWN) && !filled.contains("{{") && !filled.contains("${");
  }

  /** Placeholders that ask others first, such as the properties of a kamelet. */
  Placeholders over(UnaryOperator<String> first) {
    return new Placeholders(
        key -> {
          String value = first.apply(key);
          return value == null ? values.apply(key) : value;
        });
  }

  private String value(String key) {
    return key.startsWith("sys:") ? null : values.apply(key.replaceFirst("^env:", ""));
  }
}
