package org.trackcoordinator.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("track-coordination")
class ServerAddressTest {

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:8080, http://127.0.0.1:8080/api",
    "http://127.0.0.1:8080/, http://127.0.0.1:8080/api",
    "http://127.0.0.1:8080/api, http://127.0.0.1:8080/api",
    "http://127.0.0.1:8080/api/, http://127.0.0.1:8080/api",
    "https://[::1]:8443, https://[::1]:8443/api",
    "https://tracks.example/books, https://tracks.example/books/api",
  })
  void isGivenWithOrWithoutApi(String text, String base) {
    assertThat(ServerAddress.parse(text).base()).hasToString(base);
    assertThat(ServerAddress.parse(text) + "/api").isEqualTo(base);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:8080, it is no URL",
    "localhost:8080, 'localhost:8080' is no address of a server",
    "ftp://tracks.example, 'ftp://tracks.example' is no address of a server",
    "http:///api, 'http:///api' is no address of a server",
    "http://tracks.example?token=1, goes on after the path",
    "http://tracks.example/#a, goes on after the path",
    "http://a b, it is no URL",
  })
  void anythingElseIsRefused(String text, String message) {
    assertThatThrownBy(() -> ServerAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aPasswordInItIsRefusedAndNotShown() {
    assertThatThrownBy(() -> ServerAddress.parse("http://me:geheim@tracks.example"))
        .hasMessageContaining("TRACKS_API_TOKEN")
        .message()
        .doesNotContain("geheim");
  }

  @Test
  void whatStandsInPathAndQueryIsEncoded() {
    ServerAddress server = ServerAddress.parse("http://tracks.example");
    assertThat(server.of(Operation.READ_WORKFLOW, List.of("a b/../c?d"), List.of()))
        .hasToString("http://tracks.example/api/workflows/a%20b%2F..%2Fc%3Fd");
    assertThat(
            server.of(
                Operation.RETIRE_DEFINITION, List.of("w", "0123"), List.of("after", "1,2+3&x=y")))
        .hasToString(
            "http://tracks.example/api/workflows/w/definitions/0123/retire?after=1%2C2%2B3%26x%3Dy");
  }
}
