package org.trackcoordinator.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("track-coordination")
class JsonTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "12.10",
        "0.30000000000000000000000000000001",
        "123456789012345678901234567890",
        "1.0",
        "0.00",
        "9007199254740993"
      })
  void numbersKeepEachDigit(String number) throws JsonProcessingException {
    assertThat(Json.text(Json.read("{\"a\":" + number + "}"))).isEqualTo("{\"a\":" + number + "}");
  }

  @Test
  void numbersMayBeAsLongAsThoseOfTheDatabase() throws JsonProcessingException {
    String number = "1".repeat(131_072);
    assertThat(Json.text(Json.read(number))).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\": 1, \"a\": 2}", "{} {}", "{", "{a: 1}", "NaN"})
  void whatIsAmbiguousOrNoJsonIsRefused(String text) {
    assertThatThrownBy(() -> Json.read(text)).isInstanceOf(JsonProcessingException.class);
  }
}
