package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.apache.camel.ServiceStatus;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("event-publisher")
class NightlyTrackTest extends TrackRoutes {

  @Override
  Map<String, String> settings() {
    return Map.of(
        "nightly.enabled", "true", "nightly.cron", "* * * * * ?", "nightly.workflow", "month-end");
  }

  @Test
  void startsOneRunForEachFireTime() {
    var starts = context.getEndpoint("mock:start-month-end-none", MockEndpoint.class);

    await().atMost(Duration.ofSeconds(20)).until(() -> starts.getReceivedCounter() >= 2);

    var first = starts.getExchanges().get(0).getMessage();
    var second = starts.getExchanges().get(1).getMessage();
    var at = String.valueOf(map(text(first.getBody())).get("scheduledAt"));
    assertThat(first.getHeaders()).containsOnly(Map.entry("trackIdempotencyKey", "nightly " + at));
    assertThat(Instant.parse(at)).isBetween(Instant.now().minusSeconds(60), Instant.now());
    assertThat(second.getHeader("trackIdempotencyKey"))
        .isNotEqualTo(first.getHeader("trackIdempotencyKey"));
  }

  @Test
  void isNoSourceThatBackpressureSuspends() {
    assertThat(context.getRoute("nightly").getGroup()).isNull();
  }

  @Test
  void mailboxIsOffByDefault() {
    assertThat(context.getRouteController().getRouteStatus("gmail"))
        .isEqualTo(ServiceStatus.Stopped);
    assertThat(context.getRouteController().getRouteStatus("drive"))
        .isEqualTo(ServiceStatus.Started);
  }
}
