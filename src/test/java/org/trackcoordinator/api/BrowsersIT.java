package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.testing.CoordinatedDatabase;

/**
 * An instance on a loopback address, without tokens, on a machine whose browser shows pages of
 * others: these may neither do anything nor read anything.
 */
@Tag("track-coordination")
class BrowsersIT {

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();
  @RegisterExtension static final RunningApi api = new RunningApi(database);

  private final KeptConnection connection = new KeptConnection(api.port());

  @AfterEach
  void nothingWasDone() {
    connection.close();
    assertThat(database.count("select count(*) from track_coordination.gate_states")).isZero();
  }

  /** As long as its name stands for 127.0.0.1, a page of example.com is of this server's origin. */
  @TestFactory
  Stream<DynamicTest> otherHostsAreNotServed() {
    return Stream.of(
            "example.com",
            "example.com:%d",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "example.com.localhost",
            "localhost.",
            "localhost-",
            "127.0.0.2",
            "127.1",
            "127.0.0.1.",
            "0.0.0.0",
            "0",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "[::]",
            "[:::]",
            "[::ffff:127.0.0.1]",
            "[0:0:0:0:0:0:0:1]",
            "169.254.169.254")
        .map(host -> host.formatted(api.port()))
        .map(
            host ->
                dynamicTest(
                    host,
                    () -> {
                      assertThat(connection.ask(hold().with("Host: " + host)).status())
                          .isEqualTo(403);
                      assertThat(
                              connection
                                  .ask(RawRequest.get("/api/queues").with("Host: " + host))
                                  .status())
                          .isEqualTo(403);
                    }));
  }

  @TestFactory
  Stream<DynamicTest> itsOwnNamesAreServed() {
    return Stream.of("localhost", "LocalHost", "127.0.0.1", "[::1]", "localhost:%d", "[::1]:%d")
        .map(host -> host.formatted(api.port()))
        .map(
            host ->
                dynamicTest(
                    host,
                    () ->
                        assertThat(
                                connection
                                    .ask(RawRequest.get("/api/queues").with("Host: " + host))
                                    .status())
                            .isEqualTo(200)));
  }

  @TestFactory
  Stream<DynamicTest> pagesOfOtherOriginsAreNotServed() {
    String own = "localhost:" + api.port();
    return Stream.of(
            "Origin: null",
            "Origin: ",
            "Origin: http://example.com",
            "Origin: https://example.com",
            "Origin: http://localhost",
            "Origin: http://localhost:1",
            "Origin: http://127.0.0.1:" + api.port(),
            "Origin: http://" + own + ".example.com",
            "Origin: http://example.com/" + own,
            "Origin: http://" + own + "@example.com",
            "Origin: http://example.com#" + own,
            "Origin: ftp://" + own,
            "Origin: file://",
            "Origin: chrome-extension://" + own,
            "Origin: " + own,
            "Origin: *",
            "Origin: http://" + own + " http://example.com",
            "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-site")
        .map(
            header ->
                dynamicTest(
                    header,
                    () -> {
                      for (RawRequest request :
                          List.of(
                              hold(),
                              RawRequest.get("/api/runs"),
                              RawRequest.of("OPTIONS", "/api/hold"))) {
                        Reply reply = connection.ask(request.with("Host: " + own).with(header));
                        assertThat(reply.status()).as(request.method()).isEqualTo(403);
                        assertGrantsNothing(reply);
                      }
                    }));
  }

  @Test
  void aPreflightIsRefused() {
    Reply reply =
        connection.ask(
            new RawRequest(
                    "OPTIONS", "/api/hold", new ArrayList<>(List.of("Host: localhost")), null)
                .with("Origin: http://example.com")
                .with("Access-Control-Request-Method: POST")
                .with("Access-Control-Request-Headers: content-type, authorization")
                .with("Access-Control-Request-Private-Network: true"));
    assertThat(reply.status()).isEqualTo(403);
    assertGrantsNothing(reply);
  }

  /** What a form, or a script without a preflight, can send; and what is no JSON besides. */
  @TestFactory
  Stream<DynamicTest> writesThatAreNoJsonAreRefused() {
    return Stream.of(
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "text/plain; charset=utf-8; x=application/json",
            "text/plain;application/json",
            "text/json",
            "application/jsonp",
            "application/json-patch+json",
            "application/problem+json",
            "application/json, text/plain",
            "application/json;charset=utf-16",
            "application/json;charset=iso-8859-1",
            "application/json;x=y",
            "application/xml",
            "text/xml",
            "application/yaml",
            "application/x-java-serialized-object",
            "application/octet-stream",
            "application/cbor",
            "application/x-jackson-smile",
            "*/*",
            "json",
            "")
        .map(
            type ->
                dynamicTest(
                    "type: " + type,
                    () ->
                        assertThat(connection.ask(hold().with("Content-Type: " + type)).status())
                            .isEqualTo(415)));
  }

  @TestFactory
  Stream<DynamicTest> writesThatAreCompressedAreRefused() {
    return Stream.of("gzip", "deflate", "br", "zstd", "identity", "x")
        .map(
            encoding ->
                dynamicTest(
                    encoding,
                    () ->
                        assertThat(
                                connection
                                    .ask(hold().with("Content-Encoding: " + encoding))
                                    .status())
                            .isEqualTo(415)));
  }

  @Test
  void jsonIsJsonInUtf8HoweverThatIsWritten() {
    for (String type :
        List.of(
            "application/json",
            "APPLICATION/JSON",
            "application/json;charset=utf-8",
            "application/json; charset=UTF-8",
            "application/json; charset=\"utf-8\"")) {
      Reply reply =
          connection.ask(
              RawRequest.post("/api/release", "{\"handler\": \"x\"}")
                  .with("Content-Type: " + type));
      assertThat(reply.status()).as(type).isEqualTo(200);
    }
  }

  @TestFactory
  Stream<DynamicTest> noAnswerIsKeptRunOrShownElsewhere() {
    return Stream.of(
            RawRequest.get("/api/queues"),
            RawRequest.get("/api/openapi.json"),
            RawRequest.get("/api/nothing"),
            RawRequest.get("/api/runs?x=1"),
            RawRequest.get("/api/runs/" + RestEntry.NO_RUN),
            hold().with("Content-Type: text/plain"),
            RawRequest.get("/api/runs").with("Host: example.com"),
            RawRequest.get("/api/runs").without("Host"))
        .map(
            request ->
                dynamicTest(
                    request.method() + " " + request.target(),
                    () -> {
                      Reply reply = connection.ask(request);
                      assertThat(reply.header("X-Content-Type-Options")).isEqualTo("nosniff");
                      assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
                      assertThat(reply.header("Content-Security-Policy"))
                          .startsWith("default-src 'none'");
                      assertThat(reply.header("Cross-Origin-Resource-Policy"))
                          .isEqualTo("same-origin");
                      assertThat(reply.header("Server")).isNull();
                      assertGrantsNothing(reply);
                    }));
  }

  private static void assertGrantsNothing(Reply reply) {
    assertThat(reply.headers().keySet()).noneMatch(name -> name.startsWith("access-control"));
    assertThat(reply.header("Set-Cookie")).isNull();
  }

  private static RawRequest hold() {
    return RawRequest.post("/api/hold", "{\"handler\": \"gmail\"}");
  }
}
