package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.apache.camel.Route;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Quartz knows a job by its name, which an old route and its successor have in common. */
@Tag("track-coordination")
class EditedJobsTest {

  private static final String FILE = "tracks/tick.camel.yaml";
  private static final String EACH_SECOND = "cron=*+*+*+*+*+?";
  private static final String NIGHTLY = "cron=0+0+3+*+*+?";

  @RegisterExtension final BareFolder folder = new BareFolder();
  private final Gate notes = Gate.opened();

  @BeforeEach
  void bind() {
    folder.camel().getRegistry().bind("notes", notes);
  }

  @Test
  void aJobWhoseStepsAreEditedGoesOn() throws Exception {
    start("trigger.repeatInterval=20");
    notes.awaitLeft(1);
    Route before = folder.route("tick");
    folder.edit(FILE, "simple: before", "simple: after");
    folder.awaitReplaced(before);
    folder.awaitEnded(before);
    int then = notes.left().size();
    notes.awaitLeft(then + 3);
    assertThat(notes.left().get(then + 2)).isEqualTo("after");
  }

  @Test
  void theTimesOfAJobAreEdited() throws Exception {
    start(NIGHTLY);
    Route nightly = folder.route("tick");
    folder.edit(FILE, NIGHTLY, EACH_SECOND);
    folder.awaitReplaced(nightly);
    folder.awaitEnded(nightly);
    notes.awaitLeft(1);
    Route eachSecond = folder.route("tick");
    folder.edit(FILE, EACH_SECOND, "trigger.repeatInterval=20");
    folder.awaitReplaced(eachSecond);
    folder.awaitEnded(eachSecond);
    int then = notes.left().size();
    notes.awaitLeft(then + 3);
    Route often = folder.route("tick");
    folder.edit(FILE, "trigger.repeatInterval=20", NIGHTLY);
    folder.awaitReplaced(often);
    folder.awaitEnded(often);
    assertItRests();
    assertThat(folder.health().getMessage()).isEmpty();
  }

  @Test
  void aJobWithImpossibleTimesLeavesTheOldOneRunning() throws Exception {
    start("trigger.repeatInterval=20");
    notes.awaitLeft(1);
    Route before = folder.route("tick");
    folder.edit(FILE, "trigger.repeatInterval=20", "cron=noon");
    assertThat(folder.awaitRefused(FILE)).contains("route tick").contains("Illegal characters");
    assertThat(folder.route("tick")).isSameAs(before);
    notes.awaitLeft(notes.left().size() + 3);
  }

  /** The new route of the job is there, with its consumer, and is discarded. */
  @Test
  void aJobThatIsRefusedWithAnotherRouteGoesOn() throws Exception {
    start("trigger.repeatInterval=20");
    notes.awaitLeft(1);
    folder.write(
        FILE,
        folder.text(FILE).replace("simple: before", "simple: after")
            + "- route: {id: z, from: {uri: 'mock:z', steps: [{process: {ref: notes}}]}}\n");
    assertThat(folder.awaitRefused(FILE)).contains("consume from");
    notes.awaitLeft(notes.left().size() + 3);
    assertThat(notes.left()).doesNotContain("after");
  }

  @Test
  void aJobWithOtherTimesAndFaultyStepsLeavesTheOldOneRunning() throws Exception {
    start("trigger.repeatInterval=20");
    notes.awaitLeft(1);
    folder.write(
        FILE,
        folder
            .text(FILE)
            .replace("trigger.repeatInterval=20", NIGHTLY)
            .replace("ref: notes", "ref: nobody"));
    assertThat(folder.awaitRefused(FILE)).contains("nobody");
    notes.awaitLeft(notes.left().size() + 3);
  }

  @Test
  void aJobThatIsDeletedIsNoMore() throws Exception {
    start("trigger.repeatInterval=20");
    notes.awaitLeft(1);
    folder.delete(FILE);
    folder.awaitNoRoute("tick");
    assertItRests();
  }

  private void start(String times) throws Exception {
    folder.write(
        FILE,
        "- route: {id: tick, from: {uri: 'quartz:tick?%s', steps: [{setBody: {simple: before}}, {process: {ref: notes}}]}}%n"
            .formatted(times));
    folder.start();
  }

  private void assertItRests() {
    int then = notes.came().size();
    await().during(Duration.ofMillis(200)).until(() -> notes.came().size() <= then + 1);
  }
}
