package org.trackcoordinator.coordinator;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.apache.camel.Exchange;

/**
 * Turns the body of an exchange into a payload: the text of a JSON object that PostgreSQL takes as
 * {@code jsonb}. Text is checked, not parsed and written again, so numbers keep every digit.
 */
public final class Payloads {

  /** The size limit for payloads, in bytes of UTF-8. */
  public static final int MAX_BYTES = 1024 * 1024;

  private final ObjectMapper mapper;

  /**
   * @param mapper writes bodies that are no text: maps, records, beans
   */
  public Payloads(ObjectMapper mapper) {
    this.mapper = mapper;
  }

  /**
   * The payload that the exchange's body stands for; no body is the empty object.
   *
   * @throws IllegalArgumentException what is wrong with it: no JSON, no object, NUL, over 1 MiB
   */
  public String text(Exchange exchange) {
    Object body = exchange.getMessage().getBody();
    if (body == null) {
      return "{}";
    }
    if (body instanceof String text) {
      return check(text);
    }
    try {
      if (body instanceof java.util.Map<?, ?> || !isText(body)) {
        return check(mapper.writeValueAsString(body));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "a "
              + body.getClass().getSimpleName()
              + " can't be a payload: "
              + e.getOriginalMessage());
    }
    return check(exchange.getMessage().getBody(String.class));
  }

  /**
   * The payload of a failed event.
   *
   * @param status the HTTP status that the target answered with; null if there was none
   * @param retryable whether the worker leaves it open to try again
   */
  String error(String errorClass, String message, Integer status, boolean retryable) {
    ObjectNode payload = mapper.createObjectNode();
    ObjectNode error = payload.putObject("error").put("class", errorClass).put("message", message);
    if (status != null) {
      error.put("status", status);
    }
    if (!retryable) {
      error.put("retryable", false);
    }
    return payload.toString();
  }

  private static boolean isText(Object body) {
    return body instanceof byte[]
        || body instanceof java.io.InputStream
        || body instanceof java.io.Reader
        || body instanceof CharSequence
        || body instanceof org.apache.camel.StreamCache
        || body instanceof org.apache.camel.WrappedFile<?>;
  }

  private String check(String text) {
    if (text.isBlank()) {
      return "{}";
    }
    if (text.length() > MAX_BYTES
        || (text.length() > MAX_BYTES / 3 // a char has at most three bytes
            && text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the payload is over %,d bytes: store the data elsewhere and hand on a reference",
              MAX_BYTES));
    }
    try (JsonParser parser = mapper.getFactory().createParser(text)) {
      JsonToken first = parser.nextToken();
      if (first != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException(
            "the payload is a JSON %s, not an object: wrap it, for example {\"value\": …}"
                .formatted(first == null ? "nothing" : name(first)));
      }
      checkStrings(parser, mayHaveRefusedCharacters(text));
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("the payload goes on after the end of its object");
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the payload is no JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new IllegalArgumentException("the payload can't be read: " + e.getMessage());
    }
    return text;
  }

  /**
   * What jsonb refuses can only be written as an escape, or with a surrogate; most text has
   * neither.
   */
  private static boolean mayHaveRefusedCharacters(String text) {
    boolean surrogate = false;
    for (int i = 0; i < text.length() && !surrogate; i++) {
      surrogate = Character.isSurrogate(text.charAt(i));
    }
    return surrogate || text.contains("\\u");
  }

  /** Runs to the end of the object; jsonb takes neither NUL nor half a surrogate pair. */
  private static void checkStrings(JsonParser parser, boolean lookClosely) throws IOException {
    int depth = 1;
    while (depth > 0) {
      JsonToken token = parser.nextToken();
      if (token == null) {
        throw new IllegalArgumentException("the payload is no JSON: it ends within its object");
      }
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (lookClosely
          && (token == JsonToken.FIELD_NAME || token == JsonToken.VALUE_STRING)) {
        checkCharacters(parser.getText(), parser);
      }
    }
  }

  private static void checkCharacters(String value, JsonParser parser) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == 0) {
        throw new IllegalArgumentException(
            "the payload has a NUL character at %s: PostgreSQL can't store it"
                .formatted(parser.getParsingContext().pathAsPointer()));
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < value.length()
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new IllegalArgumentException(
            "the payload has half a surrogate pair at %s: PostgreSQL can't store it"
                .formatted(parser.getParsingContext().pathAsPointer()));
      }
    }
  }

  private static String name(JsonToken token) {
    return switch (token) {
      case START_ARRAY -> "array";
      case VALUE_STRING -> "string";
      case VALUE_NULL -> "null";
      case VALUE_TRUE, VALUE_FALSE -> "boolean";
      default -> "number";
    };
  }
}
