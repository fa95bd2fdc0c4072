package org.trackcoordinator.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

/** JSON as tests write it. */
final class JsonText {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final int MOST_SHOWN = 200;

  private JsonText() {}

  /**
   * The text as it is.
   *
   * @param what whose it is, for the message
   * @throws IllegalArgumentException if it is no JSON object, saying where it goes wrong
   */
  static String object(String what, String text) {
    if (text == null) {
      throw new IllegalArgumentException(what + " is null; it must be a JSON object, such as {}");
    }
    String problem = null;
    try {
      JsonNode node = JSON.readTree(text);
      if (!node.isObject()) {
        problem = "it is " + (node.isMissingNode() ? "empty" : node.getNodeType());
      }
    } catch (JsonProcessingException e) {
      problem =
          "%s (line %d, column %d)"
              .formatted(
                  e.getOriginalMessage(),
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr());
    }
    if (problem != null) {
      throw new IllegalArgumentException(
          "%s is no JSON object: %s: %s".formatted(what, problem, shortened(text)));
    }
    return text;
  }

  /** As events tell of a failure. */
  static String error(String type, String message) {
    return JSON.createObjectNode()
        .set("error", JSON.valueToTree(Map.of("class", type, "message", message)))
        .toString();
  }

  private static String shortened(String text) {
    return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "…";
  }
}
