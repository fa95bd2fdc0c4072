package org.trackcoordinator.testkit.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testkit.TrackTestKit;
import org.trackcoordinator.workflow.InvalidWorkflowException;

/** A test that uses the kit wrongly is told what is wrong and what there is. */
@Tag("track-coordination")
class MisuseIT {

  @RegisterExtension
  static final TrackTestKit tracks =
      TrackTestKit.packagedRoutes()
          .workflow("routes/workflows/invoice-intake.yaml")
          .patience(Duration.ofSeconds(2));

  @Test
  void anUnknownWorkflow() {
    assertRefused(
        () -> tracks.start("invoice-intak"),
        "there is no workflow 'invoice-intak'; Known are: invoice-intake");
  }

  @Test
  void anUnknownTrack() {
    tracks.start("invoice-intake");
    String message =
        "the workflow invoice-intake has no track 'drvie'; its tracks are: gmail, drive, file-management, freee";
    assertRefused(() -> tracks.completeTrack("drvie"), message);
    assertRefused(() -> tracks.failTrack("drvie", "full"), message);
    assertRefused(() -> tracks.assertTriggered("drvie"), message);
    assertRefused(() -> tracks.assertNotTriggered("drvie"), message);
    assertRefused(() -> tracks.assertTrackState("drvie", "waiting"), message);
    assertRefused(() -> tracks.assertInput("drvie", "{}"), message);
    assertRefused(() -> tracks.assertEvents("drvie", "triggered"), message);
    assertRefused(() -> tracks.assertChain("drvie completed"), message);
    assertRefused(() -> tracks.why("drvie"), message);
  }

  @Test
  void anUnknownHandler() {
    assertRefused(
        () -> tracks.mock("drvie"),
        "no workflow of this test has the handler 'drvie'; its handlers are: drive, file-management, freee, gmail");
  }

  @Test
  void noRun() {
    assertThatThrownBy(() -> tracks.completeTrack("gmail"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("there is no run yet: start one with start(…)");
    UUID unknown = UUID.randomUUID();
    assertThatThrownBy(() -> tracks.in(unknown).assertTriggered("gmail"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("there is no run " + unknown);
    assertThatThrownBy(() -> tracks.awaitRun("invoice-intake"))
        .isInstanceOf(AssertionError.class)
        .hasMessage("nobody started a run of invoice-intake within 2 s; in quarantine: []");
  }

  @Test
  void badJson() {
    assertRefused(
        () -> tracks.start("invoice-intake", "{\"mail\": }"),
        "the payload of start is no JSON object: Unexpected character ('}' (code 125)): expected a valid value",
        "(line 1, column 10): {\"mail\": }");
    tracks.start("invoice-intake");
    assertRefused(
        () -> tracks.completeTrack("gmail", "[1]"),
        "the payload of completeTrack is no JSON object: it is ARRAY: [1]");
    assertRefused(
        () -> tracks.dataReady("gmail", ""),
        "the payload of dataReady is no JSON object: it is empty: ");
    assertRefused(
        () -> tracks.completeTrack("gmail", null),
        "the payload of completeTrack is null; it must be a JSON object, such as {}");
    assertRefused(
        () -> tracks.assertInput("gmail", "{} {}"),
        "the input that assertInput wants is no JSON object: ");
    assertRefused(
        () -> tracks.mock("drive").returns("yes"),
        "what the mock of drive returns is no JSON object: ");
  }

  @Test
  void whatTheDatabaseRefuses() {
    tracks.start("invoice-intake");
    assertRefused(
        () -> tracks.completeTrack("gmail", "{\"text\": \"" + "x".repeat(1 << 20) + "\"}"),
        "payload has 1048588 bytes, at most 1048576 are allowed; Store the data elsewhere");
  }

  @Test
  void aTrackThatAMockPerforms() {
    tracks.start("invoice-intake");
    tracks.mock("drive").fails(new IOException("full"));
    assertThatThrownBy(() -> tracks.completeTrack("drive"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "drive is performed by a mock or route of this test, for handler drive; only what nobody here performs is reported");
  }

  @Test
  void anEventThatIsNone() {
    tracks.start("invoice-intake");
    assertRefused(
        () -> tracks.assertChain("gmail"),
        "'gmail' is no event of a track, such as 'gmail completed'");
    String types =
        "cancelled, completed, data_ready, failed, retried, skipped, started, timed_out, triggered";
    assertRefused(
        () -> tracks.assertChain("gmail done"), "'done' is no type of event; they are: " + types);
    assertRefused(
        () -> tracks.assertEvents("gmail", "done"),
        "'done' is no type of event; they are: " + types);
    assertRefused(() -> tracks.assertChain(), "assertChain compares the types of events");
  }

  @Test
  void timeThatCannotPass() {
    assertRefused(
        () -> tracks.advanceTime("a day"),
        "'a day' is no time that can pass, such as 24h, 1m30s or PT24H");
    assertRefused(() -> tracks.advanceTime(Duration.ofSeconds(-1)), "time does not go back");
  }

  @Test
  void aWorkflowThatIsInvalid() {
    assertThatThrownBy(() -> tracks.load("workflow: w\ntracks:\n  a: {dependsOn: [b]}\n"))
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessageContaining("the workflow of the test:3:");
  }

  @Test
  void workThatHangsIsNamed() {
    CountDownLatch end = new CountDownLatch(1);
    tracks.start("invoice-intake");
    tracks
        .mock("gmail")
        .answers(
            input -> {
              end.await();
              return input;
            });
    try {
      tracks.assertTriggered("gmail");
      assertThatThrownBy(() -> tracks.assertNotTriggered("drive"))
          .isInstanceOf(AssertionError.class)
          .hasMessage("no rest within 2 s: gmail is worked on");
    } finally {
      end.countDown();
    }
  }

  @Test
  void aKitThatDoesNotRun() {
    TrackTestKit idle = TrackTestKit.routes("routes");
    assertThatThrownBy(() -> idle.start("invoice-intake"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("in a field with @RegisterExtension");
  }

  @Test
  void aFolderWithoutRoutes() {
    assertThatThrownBy(() -> TrackTestKit.routes("docs").beforeEach(Tests.succeeded()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("docs is no folder of routes: it has no errors.camel.yaml");
  }

  @Test
  void aWorkflowFileThatIsNotThere() {
    assertThatThrownBy(
            () ->
                TrackTestKit.packagedRoutes()
                    .workflow("nowhere.yaml")
                    .beforeEach(Tests.succeeded()))
        .isInstanceOf(InvalidWorkflowException.class)
        .hasMessageContaining("nowhere.yaml: no such file or folder");
  }

  private static void assertRefused(Runnable use, String beginning, String... parts) {
    assertThatThrownBy(use::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(beginning)
        .satisfies(refusal -> assertThat(List.of(parts)).allMatch(refusal.getMessage()::contains));
  }
}
