package org.trackcoordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Traces go to a collector by OTLP over HTTP, with what the standard settings say. */
@Tag("track-coordination")
class OtlpIT {

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private HttpServer collector;

  private record Request(String path, String type, String secret, String hex) {
    boolean has(String text) {
      return hex.contains(HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8)));
    }
  }

  @BeforeEach
  void startCollector() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
          requests.add(
              new Request(
                  exchange.getRequestURI().getPath(),
                  exchange.getRequestHeaders().getFirst("Content-Type"),
                  exchange.getRequestHeaders().getFirst("X-Secret"),
                  HexFormat.of().formatHex(zipped ? unzip(body) : body)));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
  }

  @AfterEach
  void stopCollector() {
    collector.stop(0);
  }

  @Test
  void spansOfARunArriveAsProtobuf() throws Exception {
    database.load("{ workflow: short, tracks: { fetch: { handler: first } } }");
    try (Traces traces =
            Traces.of(
                Map.of(
                    "otel.exporter.otlp.endpoint", url(),
                    "otel.exporter.otlp.headers", "x-secret=open sesame",
                    "otel.exporter.otlp.compression", "gzip",
                    "otel.service.name", "books"));
        Coordinator coordinator = database.coordinator().tracing(traces).with(worker()).start()) {
      UUID run = database.startRun("short");
      await().atMost(Duration.ofSeconds(60)).until(() -> !requests.isEmpty());
      Request request = requests.get(0);
      assertThat(request.path()).isEqualTo("/v1/traces");
      assertThat(request.type()).isEqualTo("application/x-protobuf");
      assertThat(request.secret()).isEqualTo("open sesame");
      assertThat(request.hex())
          .contains(run.toString().replace("-", ""))
          .contains(TraceContext.ofRun(run.toString(), null).spanId())
          .contains(TraceContext.ofAttempt(run.toString(), "fetch", 1, null).spanId());
      assertThat(List.of("books", "short", "fetch", "tracks.outcome", "completed"))
          .allMatch(request::has);
    }
    assertThat(requests)
        .as("only traces are exported")
        .allMatch(r -> r.path().equals("/v1/traces"));
  }

  private String url() {
    return "http://127.0.0.1:" + collector.getAddress().getPort();
  }

  private static byte[] unzip(byte[] body) {
    ByteArrayOutputStream unzipped = new ByteArrayOutputStream();
    try (GZIPInputStream stream = new GZIPInputStream(new ByteArrayInputStream(body))) {
      stream.transferTo(unzipped);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return unzipped.toByteArray();
  }

  private static RouteBuilder worker() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-first?handler=first")
            .routeId("first")
            .setBody(constant("{}"));
      }
    };
  }
}
