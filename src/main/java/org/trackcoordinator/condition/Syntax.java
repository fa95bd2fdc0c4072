package org.trackcoordinator.condition;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What can be said of a condition without Camel. */
final class Syntax {

  private static final Pattern FUNCTION = Pattern.compile("\\$(simple)?\\{|}");

  private Syntax() {}

  static boolean isJsonPath(String text) {
    return text.startsWith("$.") || text.startsWith("$[");
  }

  static String language(String text) {
    return isJsonPath(text) ? "JSONPath" : "Camel Simple";
  }

  static Optional<String> mistake(String text) {
    if (isJsonPath(text) || text.equals("true") || text.equals("false")) {
      return Optional.empty();
    }
    int depth = 0;
    boolean any = false;
    Matcher token = FUNCTION.matcher(text);
    while (token.find()) {
      if (token.group().equals("}")) {
        depth = Math.max(0, depth - 1);
      } else if (++depth > 1) {
        return Optional.of(
            "has a function within a function: what the inner one finds in the input would become"
                + " part of the expression; compare it, or hand ${body} to a bean");
      } else {
        any = true;
      }
    }
    return any
        ? Optional.empty()
        : Optional.of(
            "asks nothing of the input: write Camel Simple such as ${body[total]} > 1000, or"
                + " JSONPath, which begins with $. or $[");
  }
}
