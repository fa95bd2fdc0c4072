package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.reload.CoordinatedFolder.DRIVE;
import static org.trackcoordinator.reload.CoordinatedFolder.PAIR;
import static org.trackcoordinator.reload.CoordinatedFolder.track;
import static org.trackcoordinator.reload.EditedFolder.soon;

import java.util.UUID;
import org.apache.camel.Route;
import org.apache.camel.health.HealthCheckRegistry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.RoutesFolder;

/** Workflow files that are saved, and more than one instance that reads them. */
@Tag("track-coordination")
class EditedWorkflowsIT {

  @RegisterExtension static final CoordinatedFolder FOLDER = CoordinatedFolder.shared();

  @Test
  void aSavedWorkflowIsCurrentForNewRunsAndOthersKeepTheirs() throws Exception {
    FOLDER.camel().getRouteController().suspendRoute("drive");
    UUID before = FOLDER.database().startRun("pair");
    FOLDER.database().awaitState(before, "drive", "triggered");
    FOLDER.edit(PAIR, "[gmail]}\n", "[gmail]}\n  books: {}\n");
    FOLDER.awaitDefinitions(1);
    UUID after = FOLDER.database().startRun("pair");
    FOLDER.database().awaitState(after, "books", "triggered");
    FOLDER.camel().getRouteController().resumeRoute("drive");
    FOLDER.awaitCompleted(before);
    FOLDER.edit(PAIR, "workflow: pair\n", "workflow: pair\n# two tracks\n");
    FOLDER.write("workflows/zz.yaml", "workflow: zz\ntracks:\n  gmail: {}\n");
    FOLDER.awaitLog("INFO .*zz.yaml is live.*");
    assertThat(FOLDER.definitions()).as("a comment changes nothing").isEqualTo(2);
    assertThat(FOLDER.health().getMessage()).isEmpty();
  }

  @Test
  void aFaultyWorkflowIsRefused() throws Exception {
    FOLDER.edit(PAIR, "gmail: {}", "gmail: {dependsOn: [drive]}");
    assertThat(FOLDER.awaitRefused("pair.yaml"))
        .contains("pair.yaml:")
        .contains("drive")
        .contains("gmail");
    assertThat(FOLDER.database().startRun("pair")).isNotNull();
    FOLDER.write(PAIR, "workflow: pair\ntracks:\n  gmail: {when: '${body'}\n");
    soon("it is refused for another reason")
        .until(() -> FOLDER.awaitRefused("pair.yaml").contains("when"));
    FOLDER.write("workflows/again.yaml", "workflow: pair\ntracks:\n  gmail: {}\n");
    assertThat(FOLDER.awaitRefused("again.yaml")).contains("'pair' is defined in");
    assertThat(FOLDER.definitions()).isZero();
    FOLDER.database().awaitRunsEnded(1);
  }

  @Test
  void aDeletedWorkflowStaysInTheDatabase() throws Exception {
    FOLDER.delete(PAIR);
    FOLDER.awaitLog("INFO .*pair.yaml is gone.*retire pair .*");
    assertThat(FOLDER.database().startRun("pair")).isNotNull();
    FOLDER.database().awaitRunsEnded(1);
    FOLDER.write("workflows/renamed.yaml", "workflow: pair\ntracks:\n  gmail: {}\n");
    FOLDER.awaitDefinitions(1);
    assertThat(FOLDER.health().getMessage()).isEmpty();
  }

  @Test
  void twoInstancesReadOneFolder() throws Exception {
    try (Coordinator other = FOLDER.another()) {
      Route first = FOLDER.route("drive");
      Route second = other.camel().getRoute("drive");
      FOLDER.write(DRIVE, track("drive", "filed"));
      FOLDER.edit(PAIR, "[gmail]}\n", "[gmail]}\n  books: {dependsOn: [drive]}\n");
      FOLDER.write("tracks/books.camel.yaml", track("books", "booked"));
      FOLDER.awaitReplaced(first);
      soon("the other instance has it").until(() -> other.camel().getRoute("drive") != second);
      FOLDER.awaitDefinitions(2); // each instance says it
      soon("the other instance has the new one")
          .until(() -> other.camel().getRoute("books") != null);
      FOLDER.database().startRuns(20);
      FOLDER.database().awaitRunsEnded(20);
      assertThat(FOLDER.database().audit()).isEmpty();
      assertThat(
              HealthCheckRegistry.get(other.camel())
                  .getCheck("workflow-definitions")
                  .orElseThrow()
                  .call()
                  .getMessage())
          .isEmpty();
    }
  }

  @Test
  void theRoutesOfTheJarAreNotWatched() throws Exception {
    long watchers = watchers();
    try (Coordinator packaged =
        FOLDER
            .database()
            .coordinator(RoutesFolder.packaged())
            .editable(FOLDER.path("workflows"))
            .start()) {
      assertThat(HealthCheckRegistry.get(packaged.camel()).getCheck(EditedFilesHealth.ID))
          .isEmpty();
      assertThat(watchers()).isEqualTo(watchers);
    }
  }

  @Test
  void aFolderOfWorkflowsMayComeLater() throws Exception {
    long watchers = watchers();
    try (Coordinator other =
        FOLDER
            .database()
            .coordinator(RoutesFolder.at(FOLDER.root()))
            .editable(FOLDER.path("later"))
            .start()) {
      assertThat(watchers()).isEqualTo(watchers + 1);
      FOLDER.write("later/alone.yaml", "workflow: alone\ntracks:\n  gmail: {}\n");
      FOLDER.awaitDefinitions(1);
    }
    assertThat(watchers()).isEqualTo(watchers);
  }

  private static long watchers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().contains("edited-files"))
        .count();
  }
}
