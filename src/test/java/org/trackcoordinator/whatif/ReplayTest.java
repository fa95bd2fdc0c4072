package org.trackcoordinator.whatif;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.workflow.WorkflowFiles;

/** What a changed graph would have done with a run, each rule of its own. */
@Tag("track-coordination")
class ReplayTest {

  private static final String CHAIN = "{a: {}, b: {dependsOn: [a]}, c: {dependsOn: [b]}}";
  private static final String COMPLETED =
      "a triggered, a completed, b triggered, b completed, c triggered, c completed";

  private static final String SIDES = "{a: {}, b: {}, c: {dependsOn: [a]}}";

  @Test
  void theSameGraphMakesNoDifference() {
    assertThat(differences(CHAIN, COMPLETED, CHAIN)).isEmpty();
  }

  @Test
  void aNewTrackIsAddedAndTakenToBeCompletedAtOnce() {
    assertThat(
            differences(
                CHAIN,
                COMPLETED,
                "{a: {}, x: {dependsOn: [a]}, b: {dependsOn: [x]}, c: {dependsOn: [b]}}"))
        .containsExactly("added x: a new track, taken to be completed at once");
  }

  @Test
  void aRemovedTrackIsLost() {
    assertThat(differences(CHAIN, COMPLETED, "{a: {}, b: {dependsOn: [a]}}"))
        .containsExactly("lost c: it is no track any more");
  }

  @Test
  void aTrackThatWaitsForLessIsEarlier() {
    assertThat(differences(CHAIN, COMPLETED, "{a: {}, b: {dependsOn: [a]}, c: {dependsOn: [a]}}"))
        .containsExactly("reordered c: earlier: after a instead of after b");
    assertThat(differences(CHAIN, COMPLETED, "{a: {}, b: {}, c: {dependsOn: [b]}}"))
        .containsExactly("reordered b: earlier: at the run's start instead of after a");
  }

  @Test
  void tracksThatChangePlacesAreEarlierAndLater() {
    assertThat(differences(CHAIN, COMPLETED, "{a: {}, c: {dependsOn: [a]}, b: {dependsOn: [c]}}"))
        .containsExactly(
            "reordered b: later: after c instead of after a",
            "reordered c: earlier: after a instead of after b");
  }

  @Test
  void aDependencyThatEndedBeforeMakesNoDifference() {
    String record = "a triggered, b triggered, b completed, a completed, c triggered, c completed";
    assertThat(differences(SIDES, record, "{a: {}, b: {}, c: {dependsOn: [a, b]}}")).isEmpty();
  }

  @Test
  void aTrackThatWaitsForDataIsLaterIfItWaitsForTheEnd() {
    String data = "{a: {}, b: {dependsOn: [{track: a, on: data_ready}]}}";
    String whole = "{a: {}, b: {dependsOn: [a]}}";
    String record = "a triggered, a data_ready, b triggered, a completed, b completed";
    assertThat(differences(data, record, whole))
        .containsExactly("reordered b: later: after a instead of after data of a");
    assertThat(
            differences(
                whole, "a triggered, a data_ready, a completed, b triggered, b completed", data))
        .containsExactly("reordered b: earlier: after data of a instead of after a");
  }

  @Test
  void dataThatWasNotReportedIsTheCompletion() {
    String data = "{a: {}, b: {dependsOn: [{track: a, on: data_ready}]}}";
    assertThat(
            differences(
                "{a: {}, b: {dependsOn: [a]}}",
                "a triggered, a completed, b triggered, b completed",
                data))
        .isEmpty();
  }

  @Test
  void aPolicyThatFailsTheRunLosesWhatCameAfter() {
    String goesOn = "{a: {onFailure: continue}, b: {}, c: {dependsOn: [a]}, d: {dependsOn: [b]}}";
    String fails = "{a: {}, b: {}, c: {dependsOn: [a]}, d: {dependsOn: [b]}}";
    assertThat(
            differences(
                goesOn,
                "a triggered, b triggered, a failed, c triggered, c completed, b completed, d triggered, d completed",
                fails))
        .containsExactly("lost c: a fails the run first", "lost d: a fails the run first");
  }

  @Test
  void aPolicyThatGoesOnAddsWhatWasCutOff() {
    assertThat(
            failed(
                "{a: {}, b: {dependsOn: [a]}, c: {dependsOn: [b]}}",
                "a triggered, a failed",
                "{a: {onFailure: continue}, b: {dependsOn: [a]}, c: {dependsOn: [b]}}"))
        .containsExactly(
            "added b: before, a fails the run first",
            "added c: before, it waits for b, which hands on nothing in these runs");
  }

  @Test
  void aNewFallbackIsAddedAndSpeaksForItsTrack() {
    assertThat(
            failed(
                "{a: {}, b: {dependsOn: [a]}}",
                "a triggered, a failed",
                "{a: {onFailure: {fallback: f}}, f: {}, b: {dependsOn: [a]}}"))
        .containsExactly(
            "added b: before, a fails the run first",
            "added f: a new track, taken to be completed at once");
  }

  @Test
  void aFallbackThatIsTakenAwayIsLostWithWhatFollows() {
    assertThat(
            differences(
                "{a: {onFailure: {fallback: f}}, f: {}, b: {dependsOn: [a]}}",
                "a triggered, a failed, f triggered, f completed, b triggered, b completed",
                "{a: {}, b: {dependsOn: [a]}}"))
        .containsExactlyInAnyOrder(
            "lost f: it is no track any more", "lost b: a fails the run first");
  }

  @Test
  void whatIsSkippedWithAllThatItDependsOnIsLost() {
    assertThat(
            differences(
                "{a: {onFailure: continue}, b: {dependsOn: [a]}, c: {dependsOn: [b]}}",
                "a triggered, a failed, b triggered, b completed, c triggered, c completed",
                "{a: {onFailure: skip-downstream}, b: {dependsOn: [a]}, c: {dependsOn: [b]}}"))
        .containsExactly(
            "lost b: it is skipped: all that it depends on hands on nothing",
            "lost c: it is skipped: all that it depends on hands on nothing");
  }

  @Test
  void anAttemptThatWasRetriedIsNoFailure() {
    assertThat(
            differences(
                "{a: {onFailure: continue}, b: {dependsOn: [a]}}",
                "a triggered, a failed, a retried, a completed, b triggered, b completed",
                "{a: {}, b: {dependsOn: [a]}}"))
        .isEmpty();
  }

  @Test
  void whatAnOperatorSkippedStaysSkipped() {
    String record = "a triggered, b skipped by operator, a completed, c triggered, c completed";
    String graph = "{a: {}, b: {dependsOn: [a]}, c: {dependsOn: [a, b]}}";
    assertThat(differences(graph, record, graph)).isEmpty();
    assertThat(differences(graph, record, "{a: {}, b: {}, c: {dependsOn: [a, b]}}")).isEmpty();
  }

  @Test
  void whatAGateHeldUntilTheEndIsHeldAgainUnlessItIsEarlier() {
    String record = "a triggered, a completed, c triggered, c completed";
    String graph = "{a: {}, b: {dependsOn: [c]}, c: {dependsOn: [a]}}";
    assertThat(ended("cancelled", graph, record, graph)).isEmpty();
    assertThat(
            ended("cancelled", graph, record, "{a: {}, b: {dependsOn: [a]}, c: {dependsOn: [a]}}"))
        .containsExactly("added b: before, it was ready, and the run ended first");
  }

  @Test
  void whatBeganBesideTheFailureThatEndedTheRunIsNoDifference() {
    String graph = "{a: {}, b: {}, c: {dependsOn: [b]}, d: {dependsOn: [b]}}";
    // one batch: the failure came first, c was triggered all the same, d was not
    String record = "a triggered, b triggered, a failed, b completed, c triggered, c cancelled";
    assertThat(failed(graph, record, graph)).isEmpty();
    assertThat(recorded("failed", graph, record).isUnexplained()).isFalse();
  }

  @Test
  void aRootThatWasReportedOnBeforeItsTriggerIsCompleted() {
    String record = "a completed, a triggered, b triggered, b completed";
    String graph = "{a: {}, b: {dependsOn: [a]}}";
    assertThat(recorded("completed", graph, record).isUnexplained()).isFalse();
    assertThat(differences(graph, record, graph)).isEmpty();
    assertThat(differences(graph, record, "{a: {}, b: {}}"))
        .containsExactly("reordered b: earlier: at the run's start instead of after a");
  }

  @Test
  void aRecordThatItsGraphDoesNotExplainIsToldAndTakenAsItIs() {
    String record = "a triggered, b triggered, b completed, a completed";
    String graph = "{a: {}, b: {dependsOn: [a]}}";
    assertThat(recorded("completed", graph, record).isUnexplained()).isTrue();
    assertThat(differences(graph, record, graph)).isEmpty();
  }

  private static List<String> differences(String graph, String record, String changed) {
    return ended("completed", graph, record, changed);
  }

  private static List<String> failed(String graph, String record, String changed) {
    return ended("failed", graph, record, changed);
  }

  private static List<String> ended(String state, String graph, String record, String changed) {
    return Comparison.of(recorded(state, graph, record), graph(changed)).stream()
        .map(d -> d.change().word() + " " + d.track() + ": " + d.reason())
        .toList();
  }

  private static Replay recorded(String state, String graph, String record) {
    Map<String, List<Event>> events = new HashMap<>();
    long id = 0;
    for (String event : record.split(", ")) {
      String[] words = event.split(" ");
      events
          .computeIfAbsent(words[0], track -> new ArrayList<>())
          .add(new Event(++id, words[1], false, words.length > 2));
    }
    Map<String, TrackRecord> tracks = new HashMap<>();
    events.forEach((track, of) -> tracks.put(track, TrackRecord.of(of, transitions())));
    return Replay.ofRecord(graph(graph), new RunRecord(new UUID(0, 1), 1, state, tracks));
  }

  private static Graph graph(String tracks) {
    return new Graph(WorkflowFiles.parse("w.yaml", "workflow: w\ntracks: " + tracks));
  }

  /** As in the migration, as far as these records need it. */
  private static Transitions transitions() {
    Transitions transitions = new Transitions();
    transitions.add("waiting", "triggered", "triggered");
    transitions.add("waiting", "skipped", "skipped");
    transitions.add("triggered", "data_ready", "triggered");
    transitions.add("triggered", "completed", "completed");
    transitions.add("triggered", "failed", "triggered");
    transitions.add("triggered", "failed", "failed");
    transitions.add("triggered", "cancelled", "cancelled");
    transitions.add("failed", "retried", "triggered");
    return transitions;
  }
}
