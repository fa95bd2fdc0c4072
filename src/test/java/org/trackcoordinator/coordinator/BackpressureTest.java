package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.ServiceStatus;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.spi.RouteController;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who decides whether a source runs, on real routes; the queues are made up. */
@Tag("track-coordination")
class BackpressureTest {

  private final WakeUps wakeUps = new WakeUps();
  private final Backpressure backpressure = new Backpressure("1@test/of \"quotes\"", wakeUps);
  private final Main main = new Main();

  private void start(Map<String, String> settings) throws Exception {
    main.configure()
        .addRoutesBuilder(
            new RouteBuilder() {
              @Override
              public void configure() {
                source("source");
                source("other");
                from("timer:plain?period=1h").routeId("plain").to("log:plain?level=DEBUG");
                from("direct:forget-sources").routeId("forget").to("log:forget?level=DEBUG");
              }

              private void source(String id) {
                from("timer:" + id + "?period=1h")
                    .routeId(id)
                    .routeGroup("track-sources")
                    .to("log:source?level=DEBUG");
              }
            });
    Map.of("high-depth", "100", "low-depth", "50", "high-age", "10m", "low-age", "5m")
        .forEach((key, value) -> main.addInitialProperty("backpressure." + key, value));
    settings.forEach(main::addOverrideProperty);
    main.addMainListener(
        new MainListenerSupport() {
          @Override
          public void beforeConfigure(BaseMainSupport support) {
            support.getCamelContext().addLifecycleStrategy(backpressure);
          }
        });
    main.start();
  }

  @AfterEach
  void stop() {
    main.stop();
  }

  /** Whoever stops the route of the looks holds the routes, and waits for the look's end. */
  @Test
  void aLookDoesNotWaitForWhoeverHoldsTheRoutes() throws Exception {
    start(Map.of());
    CompletableFuture<Map<String, Object>> look;
    backpressure.commands().lock();
    try {
      look = CompletableFuture.supplyAsync(() -> look(100, 0));
      await().until(look::isDone);
    } finally {
      backpressure.commands().unlock();
    }
    assertThat(look.get()).isEqualTo(Map.of("sources", 0));
    assertThat(backpressure.getSuspendedRoutes()).isEmpty();
    assertThat(backpressure.wantsLook()).isTrue();
    look(100, 0);
    assertThat(backpressure.getSuspendedRoutes()).contains("source");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    // the marks
    "empty, Started",
    "between, Started",
    "full, Suspended",
    "old, Suspended",
    "full between, Suspended",
    "full between empty, Started",
    "full empty between, Started",
    "full empty full, Suspended",
    "full gone, Started",
    // a hand was there before
    "suspend full, Suspended",
    "suspend full empty, Suspended",
    "stop full empty, Stopped",
    "stop-group full empty, Stopped",
    "stop-all full empty, Stopped",
    "suspend resume full, Suspended",
    "suspend resume full empty, Started",
    // a hand comes while it is held
    "full suspend empty, Suspended",
    "full stop empty, Stopped",
    "full stop-group empty, Stopped",
    "full stop-all empty, Stopped",
    "full suspend empty full empty, Suspended",
    "full suspend between full empty, Suspended",
    "full suspend empty resume, Started",
    "full suspend empty resume full, Suspended",
    // a hand comes after
    "full empty suspend full empty, Suspended",
    "full empty stop full empty, Stopped",
    // a hand lets it run
    "full resume, Started",
    "full start, Started",
    "full resume full, Started",
    "full resume between full, Started",
    "full resume empty full, Suspended",
    "full start-group full, Started",
    "full suspend resume full, Started",
    "suspend full resume full, Started",
    "full resume full suspend empty, Suspended",
  })
  void aHandComesFirst(String steps, ServiceStatus status) throws Exception {
    start(Map.of());
    for (String step : steps.split(" ")) {
      take(step);
    }
    assertThat(main.getCamelContext().getRouteController().getRouteStatus("source"))
        .isEqualTo(status);
  }

  private void take(String step) throws Exception {
    RouteController hand = main.getCamelContext().getRouteController();
    switch (step) {
      case "empty" -> look(0, 0);
      case "between" -> look(75, 400);
      case "full" -> look(100, 0);
      case "old" -> look(1, 600);
      case "gone" -> backpressure.decide(List.of());
      case "suspend" -> hand.suspendRoute("source");
      case "stop" -> hand.stopRoute("source");
      case "stop-group" -> hand.stopRouteGroup("track-sources");
      case "stop-all" -> hand.stopAllRoutes();
      case "resume" -> hand.resumeRoute("source");
      case "start" -> hand.startRoute("source");
      case "start-group" -> hand.startRouteGroup("track-sources");
      default -> throw new IllegalArgumentException(step);
    }
  }

  private Map<String, Object> look(long depth, long seconds) {
    Map<String, Object> row = new HashMap<>();
    row.put("queue", "work");
    row.put("handler", "drive");
    row.put("depth", depth);
    row.put("ready", depth);
    row.put("in_progress", 0L);
    row.put("held", 0L);
    row.put("oldest_millis", depth == 0 ? null : seconds * 1000);
    return backpressure.decide(List.of(row));
  }

  @Test
  void onlyTheGroupIsTouchedAndEachRouteOfItIsDecidedForItself() throws Exception {
    start(Map.of());
    take("suspend");
    look(100, 0);
    assertThat(statuses()).containsExactly("Suspended", "Suspended", "Started");
    assertThat(backpressure.getSuspendedRoutes()).containsExactly("other");
    look(0, 0);
    assertThat(statuses()).containsExactly("Suspended", "Started", "Started");
    assertThat(backpressure.getTimesSuspended()).isEqualTo(1);
    assertThat(backpressure.getTimesResumed()).isEqualTo(1);
  }

  private List<String> statuses() {
    RouteController routes = main.getCamelContext().getRouteController();
    return List.of("source", "other", "plain").stream()
        .map(id -> routes.getRouteStatus(id).name())
        .toList();
  }

  @Test
  void whatIsNoLongerAsItWasLeftIsNotResumed() throws Exception {
    start(Map.of());
    look(100, 0);
    // past the controller that hands use, as a program could that keeps Camel's own
    main.getCamelContext()
        .getCamelContextExtension()
        .getInternalRouteController()
        .stopRoute("source");
    look(0, 0);
    assertThat(statuses()).containsExactly("Stopped", "Started", "Started");
  }

  @Test
  void thereIsAReasonToLookWhenSomethingMovedAndWhileAnythingIsHeld() throws Exception {
    start(Map.of());
    assertThat(backpressure.wantsLook()).as("at the start").isTrue();
    assertThat(backpressure.wantsLook()).as("the look failed").isTrue();
    look(0, 0);
    assertThat(backpressure.wantsLook()).as("nothing moved").isFalse();
    wakeUps.moved();
    assertThat(backpressure.wantsLook()).as("something moved").isTrue();
    look(100, 0);
    assertThat(backpressure.wantsLook()).as("it is held").isTrue();
    look(0, 0);
    assertThat(backpressure.wantsLook()).as("its end is to be shown").isTrue();
    backpressure.recorded();
    assertThat(backpressure.wantsLook()).isFalse();
  }

  @Test
  void whatIsShownSaysWhichQueueAndWhichMarks() throws Exception {
    start(Map.of());
    assertThat(look(75, 0)).containsEntry("sources", 0);
    Map<String, Object> held = look(120, 61);
    assertThat(held).containsEntry("sources", 2).containsEntry("keep", "PT1M");
    assertThat((String[]) held.get("routes")).containsExactly("other", "source");
    assertThat((String[]) held.get("states")).containsOnly("closed");
    assertThat((String[]) held.get("reasons"))
        .containsOnly("drive: 120 deep, the oldest 1m1s (high marks 100, 10m)");
    backpressure.recorded();
    take("suspend");
    assertThat((String[]) look(120, 70).get("states")).containsExactly("closed", "open");
    assertThat((String[]) look(9, 0).get("reasons"))
        .containsExactly(
            "drive: 9 deep, the oldest 0ms (low marks 50, 5m)",
            "suspended or stopped by hand, which alone resumes it");
  }

  @Test
  void badMarksKeepTheInstanceFromStarting() {
    assertThatThrownBy(() -> start(Map.of("backpressure.low-depth", "100")))
        .hasStackTraceContaining("backpressure.low-depth is 100");
  }

  @Test
  void aMarkThatIsNoDurationKeepsTheInstanceFromStarting() {
    assertThatThrownBy(() -> start(Map.of("backpressure.high-age", "soon")))
        .hasStackTraceContaining("backpressure.high-age is soon, it must be a duration like 10m");
  }
}
