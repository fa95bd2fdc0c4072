package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.trackcoordinator.reload.EditedFolder.soon;

import java.time.Duration;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;
import org.apache.camel.spi.RouteController;
import org.apache.camel.support.service.ServiceHelper;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a route runs is for hands to say, and for its file when it is new; not for an edit. */
@Tag("track-coordination")
class RestingRoutesTest {

  private static final String FILE = "tracks/a.camel.yaml";

  @RegisterExtension final BareFolder folder = new BareFolder();
  private final Gate notes = Gate.opened();

  @BeforeEach
  void bind() {
    folder.camel().getRegistry().bind("notes", notes);
  }

  @ParameterizedTest
  @CsvSource({
    "scheduler:a?delay=10&initialDelay=10, true, none, Started",
    "scheduler:a?delay=10&initialDelay=10, true, suspend, Suspended",
    "scheduler:a?delay=10&initialDelay=10, true, stop, Stopped",
    "scheduler:a?delay=10&initialDelay=10, false, none, Stopped",
    "scheduler:a?delay=10&initialDelay=10, false, start, Started",
    "quartz:a?trigger.repeatInterval=10, true, suspend, Suspended",
    "direct:a, true, suspend, Suspended",
  })
  void anEditedRouteRestsAsItDid(String from, boolean autoStartup, String command, String status)
      throws Exception {
    folder.write(FILE, route(from, autoStartup));
    folder.start();
    RouteController hand = folder.camel().getRouteController();
    switch (command) {
      case "suspend" -> hand.suspendRoute("a");
      case "stop" -> hand.stopRoute("a");
      case "start" -> hand.startRoute("a");
      default -> assertThat(command).isEqualTo("none");
    }
    assertThat(folder.status("a").name()).isEqualTo(status);
    Route a = folder.route("a");
    folder.edit(FILE, "simple: before", "simple: after");
    folder.awaitReplaced(a);
    assertThat(folder.status("a").name()).isEqualTo(status);
    if (folder.status("a") == ServiceStatus.Suspended) {
      hand.resumeRoute("a");
    } else if (folder.status("a") == ServiceStatus.Stopped) {
      hand.startRoute("a");
    }
    if (from.startsWith("direct")) {
      folder.send(from, "x");
    }
    soon("it runs").until(() -> notes.left().contains("after"));
    assertThat(folder.status("a")).isEqualTo(ServiceStatus.Started);
  }

  @Test
  void whetherARouteStartsByItselfMayBeEdited() throws Exception {
    folder.write(FILE, route("scheduler:a?delay=10&initialDelay=10", true));
    folder.start();
    notes.awaitLeft(1);
    Route a = folder.route("a");
    folder.edit(FILE, "autoStartup: true", "autoStartup: false");
    folder.awaitReplaced(a);
    assertThat(folder.status("a")).isEqualTo(ServiceStatus.Stopped);
    assertThat(folder.unexpected).containsExactly("a");
    Route stopped = folder.route("a");
    folder.edit(FILE, "autoStartup: false", "autoStartup: true");
    folder.awaitReplaced(stopped);
    assertThat(folder.status("a")).isEqualTo(ServiceStatus.Started);
  }

  /** As backpressure does it: first the consumer rests, then Camel waits for what is under way. */
  @Test
  void aRouteThatIsBeingSuspendedIsReplacedAfterThat() throws Exception {
    folder.write(FILE, route("scheduler:a?delay=10&initialDelay=10", true));
    folder.start();
    notes.awaitLeft(1);
    Route a = folder.route("a");
    folder.commands.lock();
    try {
      ServiceHelper.suspendService(a.getConsumer());
      folder.edit(FILE, "simple: before", "simple: after");
      soon("the edit waits").until(folder.commands::hasQueuedThreads);
      assertThat(folder.route("a")).isSameAs(a);
      folder.camel().getRouteController().suspendRoute("a");
    } finally {
      folder.commands.unlock();
    }
    folder.awaitReplaced(a);
    assertThat(folder.status("a")).isEqualTo(ServiceStatus.Suspended);
    int before = notes.left().size();
    await().during(Duration.ofMillis(200)).until(() -> notes.left().size() <= before + 1);
    folder.camel().getRouteController().resumeRoute("a");
    notes.awaitLeft(before + 2);
  }

  private static String route(String from, boolean autoStartup) {
    return "- route: {id: a, autoStartup: %s, from: {uri: '%s', steps: [{setBody: {simple: before}}, {process: {ref: notes}}]}}%n"
        .formatted(autoStartup, from);
  }
}
