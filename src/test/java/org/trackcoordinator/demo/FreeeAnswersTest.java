package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.tracks.FreeeException;

/** What becomes of an attempt when freee answers as it should not. */
class FreeeAnswersTest extends TrackRoutes {

  private record Answer(int status, String location, String body) {}

  private final Queue<String> paths = new ConcurrentLinkedQueue<>();
  private final CountDownLatch silence = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private volatile Answer fixed;

  @Override
  Map<String, String> settings() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
    return Map.of(
        "freee.url",
        "http://127.0.0.1:" + server.getAddress().getPort(),
        "freee.token",
        "t",
        "freee.company-id",
        "1",
        "freee.account-item-id",
        "1",
        "freee.response-timeout",
        "500");
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      paths.add(exchange.getRequestURI().getPath());
      if (fixed == null) {
        silence.await();
        return;
      }
      var bytes = fixed.body.getBytes(StandardCharsets.UTF_8);
      if (fixed.location != null) {
        exchange.getResponseHeaders().set("Location", fixed.location);
      }
      exchange.sendResponseHeaders(fixed.status, bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterAll
  void close() {
    silence.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private Attempt attempt() {
    return attempt("freee", FreeeTrackTest.invoice("FRONT"));
  }

  @Test
  void everyStatusButSuccessFailsTheAttempt() {
    for (int status : List.of(401, 403, 404, 409, 422, 429, 500, 502, 503)) {
      fixed = new Answer(status, null, "<html>no</html>");
      assertThat(attempt().failure())
          .isInstanceOf(FreeeException.class)
          .hasMessage("freee answered " + status + ": <html>no</html>");
    }
    fixed = new Answer(500, null, "");
    assertThat(attempt().failure()).hasMessage("freee answered 500: ");
    fixed = new Answer(500, null, "x".repeat(100_000));
    assertThat(attempt().failure().getMessage()).hasSizeLessThan(600);
    fixed = new Answer(200, null, "no json");
    assertThat(attempt().failure())
        .hasMessage("freee answered 200 with something that is no JSON object: no json");
  }

  @Test
  void redirectIsNotFollowed() {
    fixed = new Answer(302, "http://127.0.0.1:" + server.getAddress().getPort() + "/elsewhere", "");

    assertThat(attempt().failure()).hasMessage("freee answered 302: ");
    assertThat(paths).doesNotContain("/elsewhere");
  }

  @Test
  void listThatIsNotWholeIsNoProof() {
    fixed =
        new Answer(
            200,
            null,
            "{\"deals\":[{\"id\":1,\"ref_number\":\"other\",\"amount\":1}],\"meta\":{\"total_count\":101}}");

    assertThat(attempt().failure())
        .hasMessage(
            "freee lists 1 of 101 deals of 2026-11-01; whether invoice FRONT is among them can't be told");
  }

  @Test
  void silenceEndsWithTheSetTimeout() {
    fixed = null;
    var begin = System.nanoTime();

    assertThat(attempt().failure()).isInstanceOf(java.net.SocketTimeoutException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isBetween(Duration.ofMillis(400), Duration.ofSeconds(20));
  }
}
