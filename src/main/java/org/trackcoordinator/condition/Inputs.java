package org.trackcoordinator.condition;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/**
 * Reads inputs as maps, lists, texts, booleans and numbers; those with a fraction are BigDecimal.
 */
final class Inputs {

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
  private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

  private Inputs() {}

  /**
   * @throws IllegalArgumentException if it is nothing that can be read: nested too deep, or with a
   *     number of over 1,000 digits
   */
  static Map<String, Object> read(String json) {
    try {
      Map<String, Object> input = JSON.readValue(json, OBJECT);
      input.replaceAll((key, value) -> plain(value));
      return input;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("its input can't be read: " + e.getOriginalMessage(), e);
    }
  }

  /** 1.10 and 1.1 are one number, as in {@code jsonb}; to BigDecimal they are two. */
  @SuppressWarnings("unchecked")
  private static Object plain(Object value) {
    if (value instanceof BigDecimal number) {
      BigDecimal stripped = number.stripTrailingZeros();
      return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    } else if (value instanceof Map<?, ?>) {
      ((Map<String, Object>) value).replaceAll((key, inner) -> plain(inner));
    } else if (value instanceof List<?>) {
      ((List<Object>) value).replaceAll(Inputs::plain);
    }
    return value;
  }
}
