package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.trackcoordinator.operations.Json;

/** Reads what operations answer. A key that is null or missing gives null. */
final class Answers {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);
  private static final String TIME_SUFFIX = "At";

  private Answers() {}

  static String text(JsonNode object, String key) {
    JsonNode value = object.path(key);
    return value.isNull() || value.isMissingNode() ? null : value.asText();
  }

  /** Also null if it is no time that there is, as PostgreSQL's infinity. */
  static Instant time(JsonNode object, String key) {
    try {
      String text = text(object, key);
      return text == null ? null : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  static Duration seconds(JsonNode object, String key) {
    BigDecimal seconds = object.path(key).isNumber() ? object.path(key).decimalValue() : null;
    return seconds == null ? null : Duration.ofNanos(seconds.movePointRight(9).longValue());
  }

  /** A time for people, to the second. */
  static String shownTime(Instant time) {
    return time == null ? null : TIME.format(time.atZone(ZoneId.systemDefault()));
  }

  /** The title of a column of times. */
  static String timeTitle(String title) {
    return "%s (%s)".formatted(title, ZoneId.systemDefault());
  }

  /**
   * These keys of an object, in this order, for programs; times are in UTC, wherever the answer
   * came from. What the keys hold is left as it is.
   */
  static ObjectNode pick(JsonNode object, String... keys) {
    ObjectNode picked = Json.object();
    for (String key : keys) {
      Instant time = key.endsWith(TIME_SUFFIX) ? time(object, key) : null;
      if (time == null) {
        picked.set(key, object.get(key));
      } else {
        picked.put(key, time.toString());
      }
    }
    return picked;
  }
}
