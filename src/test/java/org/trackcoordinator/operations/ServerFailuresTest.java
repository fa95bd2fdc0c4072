package org.trackcoordinator.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people are told when a server does not answer as it should, and what to do then. */
@Tag("track-coordination")
class ServerFailuresTest {

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final String PROBLEM =
      "{\"type\":\"about:blank\",\"status\":%d,\"detail\":\"%s\",\"hint\":\"%s\",\"code\":\"%s\"}";

  private final List<String> requests = new ArrayList<>();
  private HttpServer server;
  private String place;
  private int status = 200;
  private String body = "{}";
  private String location;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
    server.createContext("/", this::answer);
    server.start();
    place = "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String read = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add(
        "%s %s %s %s"
            .formatted(
                exchange.getRequestMethod(),
                exchange.getRequestURI(),
                exchange.getRequestHeaders().getFirst("Authorization"),
                read));
    if (location != null) {
      exchange.getResponseHeaders().add("Location", location);
    }
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Test
  void aRequestBringsWhatTheArgumentSaysAndTheToken() {
    Operations operations = at(place);
    operations.call(
        Operation.LIST_RUNS, Json.object().put("limit", 3).putNull("state").put("userId", "a b"));
    operations.call(
        Operation.START_RUN, Json.object().put("workflow", "w").put("idempotencyKey", "k"));
    assertThat(requests)
        .containsExactly(
            "GET /api/runs?limit=3&userId=a%20b Bearer geheim ",
            "POST /api/workflows/w/runs Bearer geheim {\"idempotencyKey\":\"k\"}");
  }

  @Test
  void withoutATokenNoneIsSent() {
    new ServerOperations(ServerAddress.parse(place), Optional.empty())
        .call(Operation.AUDIT, Json.object());
    assertThat(requests).containsExactly("GET /api/audit null ");
  }

  @Test
  void aProblemIsToldWithItsHint() {
    status = 404;
    body = PROBLEM.formatted(404, "there is no run 7", "select …", "42704");
    RefusedOperation refusal = refusal(place);
    assertThat(refusal).hasMessage("At %s: there is no run 7. select …", place);
    assertThat(refusal.isUnknown()).isTrue();
    assertThat(refusal.mayPass()).isFalse();
  }

  @Test
  void aMissingTokenIsToldWithWhereItComesFrom() {
    status = 401;
    body = PROBLEM.formatted(401, "A token is missing or wrong", "Send …", "");
    assertThat(refusal(place))
        .hasMessage(
            "At %s: A token is missing or wrong. Set TRACKS_API_TOKEN or TRACKS_API_TOKEN_FILE to a token of that server, or name a file with --token-file.",
            place);
  }

  @ParameterizedTest
  @CsvSource({"429, true", "502, true", "503, true", "504, true", "500, false", "413, false"})
  void whatMayPassIsKnownByItsStatus(int code, boolean mayPass) {
    status = code;
    body = PROBLEM.formatted(code, "busy", "later", "");
    assertThat(refusal(place).mayPass()).isEqualTo(mayPass);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "200 | <html>Welcome</html> | answers 200, and not as a coordinator does",
        "200 | [] | answers 200, and not as a coordinator does",
        "404 | <html>Nothing</html> | answers 404, and not as a coordinator does",
        "502 | Bad Gateway | what stands before the server?",
        "403 | Forbidden | Set TRACKS_API_TOKEN",
      })
  void whatIsNoCoordinatorIsToldSo(int code, String text, String message) {
    status = code;
    body = text;
    assertThat(refusal(place)).hasMessageStartingWith(place).hasMessageContaining(message);
  }

  @Test
  void aRedirectIsNotFollowedAndTheTokenGoesNowhereElse() {
    status = 307;
    location = place + "/elsewhere/api/audit";
    assertThat(refusal(place))
        .hasMessageContaining(place + " redirects to " + location)
        .hasMessageContaining("not followed");
    assertThat(requests).hasSize(1);
  }

  @Test
  void nobodyListens() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
      port = socket.getLocalPort();
    }
    RefusedOperation refusal = refusal("http://127.0.0.1:" + port);
    assertThat(refusal)
        .hasMessageStartingWith("Nobody listens at http://127.0.0.1:" + port)
        .hasMessageContaining("TRACKS_HTTP_PORT");
    assertThat(refusal.mayPass()).isTrue();
  }

  @Test
  void thereIsNoSuchHost() {
    assertThat(refusal("http://no-such-host.invalid"))
        .hasMessage("http://no-such-host.invalid can't be reached: there is no host of this name");
  }

  @Test
  void nobodyAnswers() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, LOOPBACK)) {
      String at = "http://127.0.0.1:" + silent.getLocalPort();
      Operations impatient =
          new ServerOperations(ServerAddress.parse(at), Optional.empty(), Duration.ofMillis(200));
      assertThat(refusal(impatient, Operation.AUDIT)).hasMessage(at + " did not answer in time");
      RefusedOperation write = refusal(impatient, Operation.HOLD);
      assertThat(write)
          .hasMessageStartingWith(at + " did not answer in time. Whether it was done is not known");
      assertThat(write.mayPass()).isTrue();
    }
  }

  @Test
  void theConnectionIsLost() throws IOException {
    try (ServerSocket hangsUp = listener("")) {
      String at = "http://127.0.0.1:" + hangsUp.getLocalPort();
      assertThat(refusal(at(at), Operation.HOLD))
          .hasMessageStartingWith("The connection to " + at + " was lost: ")
          .hasMessageContaining("Whether it was done is not known");
    }
  }

  @Test
  void aCertificateThatNobodyKnowsIsNotTrusted(@TempDir Path folder) throws Exception {
    HttpsServer https = HttpsServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(selfSigned(folder)));
    https.createContext("/", this::answer);
    https.start();
    try {
      String at = "https://127.0.0.1:" + https.getAddress().getPort();
      assertThat(refusal(at))
          .hasMessageStartingWith(at + " can't be spoken to by TLS: ")
          .hasMessageContaining("trustStore");
      assertThat(requests).isEmpty();
      assertThat(refusal(at.replace("https:", "http:")).getMessage()).startsWith("The connection");
    } finally {
      https.stop(0);
    }
  }

  @Test
  void aServerWithoutTlsIsToldSo() throws IOException {
    try (ServerSocket plain = listener("HTTP/1.1 400 Bad Request\r\n\r\n")) {
      assertThat(refusal("https://127.0.0.1:" + plain.getLocalPort()))
          .hasMessageContaining("can't be spoken to by TLS")
          .hasMessageContaining("Is it https there");
    }
  }

  /** Says the same to everybody, and hangs up. */
  private static ServerSocket listener(String answer) throws IOException {
    ServerSocket listener = new ServerSocket(0, 1, LOOPBACK);
    Thread thread =
        new Thread(
            () -> {
              while (!listener.isClosed()) {
                try (Socket connection = listener.accept()) {
                  connection.getInputStream().read();
                  connection.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                  // closed: the loop ends
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    return listener;
  }

  private static Operations at(String place) {
    return new ServerOperations(ServerAddress.parse(place), Optional.of("geheim"));
  }

  private static RefusedOperation refusal(String place) {
    return refusal(at(place), Operation.AUDIT);
  }

  private static RefusedOperation refusal(Operations operations, Operation operation) {
    RefusedOperation refusal =
        catchThrowableOfType(
            RefusedOperation.class, () -> operations.call(operation, Json.object()));
    assertThat(refusal).isNotNull().message().doesNotContain("geheim", "null");
    return refusal;
  }

  /** By the JDK's own tool; nothing in the JDK's API makes certificates. */
  private static SSLContext selfSigned(Path folder) throws Exception {
    Path store = folder.resolve("keys");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-storepass",
                "secret",
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("said").toFile())
            .start();
    assertThat(keytool.waitFor()).as(Files.readString(folder.resolve("said"))).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "secret".toCharArray());
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "secret".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }
}
