package org.trackcoordinator.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.trackcoordinator.doors.RefusedRequest;

/**
 * The body of a request as text. What is small as text and large to whoever reads it is refused
 * here: objects within objects without end, and numbers such as {@code 1e131071}, which PostgreSQL
 * writes out. What the keys and values are is for the SQL functions to say.
 */
final class JsonBody {

  private static final JsonFactory JSON = new JsonFactory();

  private JsonBody() {}

  /**
   * The body's text; {@code {}} if there was none.
   *
   * @param mostBytes how long it may be with all of its numbers written out
   * @throws RefusedRequest if it is not JSON in UTF-8, or too large
   */
  static String text(byte[] body, long mostBytes) {
    if (body.length == 0) {
      return "{}";
    }
    String text = decode(body);
    try (JsonParser parser = JSON.createParser(text)) {
      long bytes = body.length;
      JsonToken token;
      while ((token = parser.nextToken()) != null) {
        if (token.isNumeric()) {
          bytes += zeros(parser.getText());
          if (bytes > mostBytes) {
            throw new RefusedRequest(
                413,
                "The numbers of the body, written out, have more than %d bytes"
                    .formatted(mostBytes),
                "Send them as text.");
          }
        }
      }
    } catch (StreamConstraintsException e) {
      throw new RefusedRequest(
          400,
          "The body has more than 1,000 levels, a number of more than 1,000 digits, or a key of more than 50,000 characters",
          "Send it as text.");
    } catch (JsonProcessingException e) {
      throw new RefusedRequest(
          400,
          "invalid input syntax for type json",
          "The mistake is in line %d, column %d of the body."
              .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr()));
    } catch (IOException e) {
      throw new IllegalStateException("a text can be read", e);
    }
    return text;
  }

  private static String decode(byte[] body) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(body))
          .toString();
    } catch (CharacterCodingException e) {
      throw new RefusedRequest(400, "The body is not UTF-8", null);
    }
  }

  /** How many the exponent of a number stands for. */
  private static long zeros(String number) {
    int exponent = Math.max(number.indexOf('e'), number.indexOf('E'));
    if (exponent < 0) {
      return 0;
    }
    String digits = number.substring(exponent + 1).replaceFirst("^[+-]?0*", "");
    return digits.length() > 9 ? Long.MAX_VALUE / 2 : digits.isEmpty() ? 0 : Long.parseLong(digits);
  }
}
