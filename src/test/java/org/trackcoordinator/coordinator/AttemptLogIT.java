package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.builder.RouteBuilder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What a route logs while it works says for which run and track; what it works on stays out. */
@Tag("track-coordination")
class AttemptLogIT {

  private static final String SECRET = "4111-1111-1111-1111";

  @RegisterExtension
  static final CoordinatedDatabase DATABASE = CoordinatedDatabase.coordinated(() -> routes());

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          event.prepareForDeferredProcessing();
          events.add(event);
        }
      };

  @BeforeEach
  void listen() {
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
  }

  @AfterEach
  void listenNoMore() {
    root.detachAppender(appender);
  }

  @Test
  void eachThreadThatWorksOnAnAttemptNamesIt() {
    UUID run = run("plain", "{}");
    for (String message :
        List.of(
            "at work", "part 1", "part 2", "on another thread", "in another route", "at its end")) {
      assertThat(mdc(message))
          .as(message)
          .isNotEmpty()
          .allMatch(mdc -> mdc.get("correlationId").equals(run.toString()), run.toString())
          .allMatch(mdc -> mdc.get("track").equals("plain"), "track")
          .allMatch(mdc -> mdc.get("attempt").equals("1"), "attempt");
    }
    assertThat(events.stream().filter(e -> e.getFormattedMessage().startsWith("part")))
        .as("parts are logged by other threads")
        .noneMatch(e -> e.getThreadName().equals(threadOf("at work")));
  }

  @Test
  void aThreadForgetsTheAttemptWhenItIsDone() {
    run("plain", "{}");
    events.clear();
    DATABASE.running().camel().createProducerTemplate().sendBody("direct:parts", List.of("x", "y"));
    assertThat(mdc("part x")).allMatch(Map::isEmpty);
    assertThat(mdc("part y")).allMatch(Map::isEmpty);
  }

  @Test
  void theEndOfAFailedAttemptIsNamedToo() {
    UUID run = run("failing", "{}");
    assertThat(
            mdc(
                "attempt 1 of track failing in run %s failed with java.lang.IllegalStateException; its chain has the message"
                    .formatted(run)))
        .hasSize(1)
        .allMatch(mdc -> mdc.get("correlationId").equals(run.toString()));
  }

  @Test
  void payloadsAreNotLogged() {
    String payload = "{\"card\": \"" + SECRET + "\"}";
    run("plain", payload);
    run("failing", payload);
    run("unstorable", payload);
    assertThat(events)
        .isNotEmpty()
        .noneMatch(event -> event.getFormattedMessage().contains(SECRET))
        .noneMatch(
            event ->
                event.getThrowableProxy() != null
                    && String.valueOf(event.getThrowableProxy().getMessage()).contains(SECRET));
  }

  private static UUID run(String track, String payload) {
    DATABASE.load(
        """
        workflow: logged
        defaults: { retry: { maxAttempts: 1 } }
        tracks: { %s: {} }
        """
            .formatted(track));
    UUID run = DATABASE.startRun("logged", payload);
    Awaitility.await().until(() -> !DATABASE.state(run).equals("running"));
    return run;
  }

  private List<Map<String, String>> mdc(String message) {
    return events.stream()
        .filter(event -> event.getFormattedMessage().equals(message))
        .map(ILoggingEvent::getMDCPropertyMap)
        .toList();
  }

  private String threadOf(String message) {
    return events.stream()
        .filter(event -> event.getFormattedMessage().equals(message))
        .findFirst()
        .orElseThrow()
        .getThreadName();
  }

  private static RouteBuilder routes() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-plain?handler=plain")
            .routeId("plain")
            .routeConfigurationId("one-attempt")
            .log("at work")
            .setBody(constant(List.of("1", "2")))
            .to("direct:parts")
            .setBody(constant("{}"))
            .threads()
            .log("on another thread")
            .wireTap("direct:elsewhere")
            .log("at its end");
        from("direct:parts").split(body()).parallelProcessing().log("part ${body}").end();
        from("direct:elsewhere").log("in another route");
        from("kamelet:track-source/test-failing?handler=failing")
            .routeId("failing")
            .routeConfigurationId("one-attempt")
            .process(
                exchange -> {
                  throw new IllegalStateException("no");
                });
        from("kamelet:track-source/test-unstorable?handler=unstorable")
            .routeId("unstorable")
            .routeConfigurationId("one-attempt")
            .setBody(simple("{\"card\": \"" + SECRET + "\", \"nul\": \"\\u0000\"}"));
      }
    };
  }
}
