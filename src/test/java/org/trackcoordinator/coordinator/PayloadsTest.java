package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trackcoordinator.testing.BareCamel;

@Tag("event-publisher")
class PayloadsTest {

  private final Payloads payloads = new Payloads(new ObjectMapper());

  private String text(Object body) {
    Exchange exchange = BareCamel.exchange();
    exchange.getMessage().setBody(body);
    return payloads.text(exchange);
  }

  @Test
  void textStaysAsItIsToTheLastDigit() {
    String amounts = "{ \"yen\": 1234567890123.4500, \"rate\": 1e-20 }";
    assertThat(text(amounts)).isEqualTo(amounts);
    assertThat(text(amounts.getBytes(java.nio.charset.StandardCharsets.UTF_8))).isEqualTo(amounts);
  }

  @Test
  void mapsAreWrittenWithExactNumbers() {
    assertThat(text(Map.of("yen", new BigDecimal("0.10")))).isEqualTo("{\"yen\":0.10}");
  }

  @Test
  void noBodyIsTheEmptyObject() {
    assertThat(text(null)).isEqualTo("{}");
    assertThat(text("  ")).isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[1]                      | the payload is a JSON array, not an object: wrap it, for example {\"value\": …}",
        "\"x\"                    | the payload is a JSON string, not an object: wrap it, for example {\"value\": …}",
        "1                        | the payload is a JSON number, not an object: wrap it, for example {\"value\": …}",
        "true                     | the payload is a JSON boolean, not an object: wrap it, for example {\"value\": …}",
        "null                     | the payload is a JSON null, not an object: wrap it, for example {\"value\": …}",
        "{\"a\": 1} {}            | the payload goes on after the end of its object",
        "{\"a\": {\"b\": \"x\\u0000\"}} | the payload has a NUL character at /a/b: PostgreSQL can't store it",
        "{\"a\\u0000\": 1}        | the payload has a NUL character at /a\0: PostgreSQL can't store it",
        "{\"a\": [\"\\ud800x\"]}  | the payload has half a surrogate pair at /a/0: PostgreSQL can't store it",
      })
  void whatPostgresCantStoreIsRefusedWithItsPlace(String body, String message) {
    assertThatThrownBy(() -> text(body))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void textThatIsNoJsonIsRefused() {
    assertThatThrownBy(() -> text("{\"a\": }")).hasMessageStartingWith("the payload is no JSON: ");
    assertThatThrownBy(() -> text("{\"a\": 1")).hasMessageStartingWith("the payload is no JSON: ");
    assertThatThrownBy(() -> text("hello")).hasMessageStartingWith("the payload is no JSON: ");
  }

  @Test
  void moreThanOneMebibyteIsRefused() {
    String fits = "{\"a\": \"" + "x".repeat(Payloads.MAX_BYTES - 9) + "\"}";
    assertThat(text(fits)).hasSize(Payloads.MAX_BYTES);
    assertThatThrownBy(() -> text(fits + " "))
        .hasMessage(
            "the payload is over 1,048,576 bytes: store the data elsewhere and hand on a reference");
    assertThatThrownBy(() -> text("{\"a\": \"" + "請".repeat(Payloads.MAX_BYTES / 3) + "\"}"))
        .hasMessageContaining("over 1,048,576 bytes");
  }

  @Test
  void surrogatePairsAreFine() {
    assertThat(text("{\"a\": \"𠮷野家\"}")).isEqualTo("{\"a\": \"𠮷野家\"}");
  }

  @Test
  void aListIsNoPayload() {
    assertThatThrownBy(() -> text(List.of(1))).hasMessageContaining("a JSON array, not an object");
  }
}
