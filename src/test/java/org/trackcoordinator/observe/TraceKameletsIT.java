package org.trackcoordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** A run that a route starts belongs to the trace that its exchange brings along. */
@Tag("track-coordination")
class TraceKameletsIT {

  private static final String TRACEPARENT =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  @RegisterExtension
  static final CoordinatedDatabase DATABASE = CoordinatedDatabase.coordinated(() -> routes());

  @ParameterizedTest
  @ValueSource(strings = {"start", "run"})
  void theHeaderOfAnExchangeIsThatOfItsRun(String kamelet) {
    assertThat(startedWith(kamelet, TRACEPARENT)).containsExactly(TRACEPARENT);
    assertThat(startedWith(kamelet, TRACEPARENT.getBytes(StandardCharsets.UTF_8)))
        .as("as a message of Kafka has it")
        .containsExactly(TRACEPARENT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"start", "run"})
  void whatIsNoneIsIgnored(String kamelet) {
    assertThat(startedWith(kamelet, null)).containsExactly("none");
    assertThat(startedWith(kamelet, "nonsense")).containsExactly("none");
    assertThat(startedWith(kamelet, 7)).containsExactly("none");
  }

  private static List<String> startedWith(String kamelet, Object traceparent) {
    DATABASE.load("{ workflow: short, tracks: { fetch: { handler: first } } }");
    String run =
        DATABASE
            .running()
            .camel()
            .createFluentProducerTemplate()
            .to("direct:" + kamelet)
            .withHeader("traceparent", traceparent)
            .withBody("{}")
            .send()
            .getMessage()
            .getHeader("trackCorrelationId", String.class);
    return DATABASE.texts(
        "select coalesce(traceparent, 'none') from track_coordination.runs where correlation_id = cast(? as uuid)",
        run);
  }

  private static RouteBuilder routes() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-first?handler=first")
            .routeId("first")
            .setBody(constant("{}"));
        from("direct:start").routeId("start").to("kamelet:track-start-sink?workflow=short");
        from("direct:run").routeId("run").to("kamelet:track-run-action?workflow=short");
      }
    };
  }
}
