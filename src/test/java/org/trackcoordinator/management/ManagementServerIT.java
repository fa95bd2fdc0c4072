package org.trackcoordinator.management;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.api.RawHttp;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.api.RawRequest;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Health and metrics on the management port of an instance that only this machine reaches. */
@Tag("track-coordination")
class ManagementServerIT {

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension static final ManagedCoordinator instance = new ManagedCoordinator(database);

  @ParameterizedTest
  @ValueSource(strings = {"/observe/health", "/observe/health/live", "/observe/health/ready"})
  void healthIsUp(String path) throws Exception {
    Reply reply = instance.get(path);
    assertThat(reply.status()).as(reply.body()).isEqualTo(200);
    assertThat(reply.header("Content-Type")).isEqualTo("application/json");
    assertThat(json(reply).path("status").asText()).isEqualTo("UP");
  }

  /** It begins with polling, until it is told for the first time. */
  @Test
  void readinessNamesTheWakeUpMode() {
    await()
        .untilAsserted(
            () -> {
              JsonNode checks = json(instance.get("/observe/health/ready")).path("checks");
              assertThat(checks.findValuesAsText("name")).contains("database", "wake-up");
              assertThat(checks.findValuesAsText("mode")).containsExactly("push");
            });
  }

  @Test
  void aCheckThatIsDownMakesReadinessRedAndLeavesLivenessGreen() throws Exception {
    HealthCheckRegistry registry = HealthCheckRegistry.get(instance.coordinator().camel());
    AbstractHealthCheck broken = new Broken();
    broken.setCamelContext(instance.coordinator().camel());
    registry.register(broken);
    try {
      for (String path : List.of("/observe/health", "/observe/health/ready")) {
        Reply reply = instance.get(path);
        assertThat(reply.status()).isEqualTo(503);
        assertThat(json(reply).path("status").asText()).isEqualTo("DOWN");
        assertThat(reply.body()).contains("\"name\":\"broken\"").contains("out of ink");
      }
      assertThat(instance.get("/observe/health/live").status()).isEqualTo(200);
    } finally {
      registry.unregister(broken);
    }
  }

  private static final class Broken extends AbstractHealthCheck {
    Broken() {
      super("track-coordinator", "broken");
    }

    @Override
    public boolean isLiveness() {
      return false;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
      builder.message("out of ink").down();
    }
  }

  @Test
  void metricsAreWhatTheScrapeSays() {
    Reply reply = instance.get("/observe/metrics");
    assertThat(reply.body()).isEqualTo("track_hops_total 7\n");
    assertThat(reply.header("Content-Type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
  }

  @Test
  void headAnswersWithoutABody() {
    try (RawHttp connection = new RawHttp(instance.port())) {
      connection.send(RawRequest.of("HEAD", "/observe/health/live").bytes());
      assertThat(connection.read().status()).isEqualTo(200);
      connection.send(RawRequest.get("/observe/nothing").bytes());
      assertThat(connection.read().status()).as("what comes next").isEqualTo(404);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/observe",
        "/observe/",
        "/observe/health/",
        "/observe//health",
        "/observe/health/../health",
        "/observe/%68ealth",
        "/observe/Health",
        "/observe/metrics/x",
        "/observe/info",
        "/observe/jolokia",
        "/api/health"
      })
  void thereIsNothingElse(String path) {
    assertThat(instance.get(path).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"})
  void healthIsOnlyRead(String method) {
    assertThat(instance.ask(RawRequest.of(method, "/observe/health")).status()).isEqualTo(405);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: example.com",
        "Host: 127.0.0.1.example.com",
        "Origin: http://example.com",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site"
      })
  void otherHostsAndPagesOfOtherOriginsAreNotServed(String header) {
    for (String path : List.of("/observe/metrics", "/observe/health", "/observe/health/live")) {
      assertThat(instance.ask(RawRequest.get(path).with(header)).status()).isEqualTo(403);
    }
  }

  @Test
  void aPortThatIsTakenIsNamedWithItsSetting() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ManagementServer second =
            new ManagementServer(
                "127.0.0.1", taken.getLocalPort(), List.of(), instance.coordinator().camel())) {
      assertThatThrownBy(second::listen)
          .hasMessageContaining("The management port can't listen on 127.0.0.1, port")
          .hasMessageContaining("Set TRACKS_MANAGEMENT_PORT to another port");
    }
  }

  @Test
  void withoutTokensNothingListensWhereOthersReachIt() {
    assertThatThrownBy(
            () -> new ManagementServer("0.0.0.0", 0, List.of(), instance.coordinator().camel()))
        .hasMessageContaining("0.0.0.0 can be reached from elsewhere: it needs tokens");
  }

  private static JsonNode json(Reply reply) throws Exception {
    return new JsonMapper().readTree(reply.body());
  }
}
