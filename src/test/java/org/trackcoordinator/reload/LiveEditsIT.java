package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.reload.CoordinatedFolder.DRIVE;
import static org.trackcoordinator.reload.CoordinatedFolder.GMAIL;
import static org.trackcoordinator.reload.CoordinatedFolder.PAIR;
import static org.trackcoordinator.reload.CoordinatedFolder.track;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.apache.camel.Route;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.observe.Scrape;

/** What is saved in the folder of routes is live at once. */
@Tag("track-coordination")
class LiveEditsIT {

  @RegisterExtension static final CoordinatedFolder FOLDER = CoordinatedFolder.shared();

  @Test
  void aTrackThatIsSavedIsLiveAndNoOtherRouteIsTouched() throws Exception {
    assertThat(FOLDER.result()).isEqualTo("stored");
    Map<String, Route> before = FOLDER.routes();
    double exchanges = exchanges();
    FOLDER.edit(DRIVE, "stored", "filed");
    FOLDER.awaitReplaced(before.get("drive"));
    assertThat(FOLDER.result()).isEqualTo("filed");
    FOLDER.awaitWorkers(2);
    Map<String, Route> after = FOLDER.routes();
    assertThat(after.keySet()).isEqualTo(before.keySet());
    after.keySet().stream()
        .filter(id -> !id.equals("drive"))
        .forEach(id -> assertThat(after.get(id)).isSameAs(before.get(id)));
    assertThat(FOLDER.database().audit()).isEmpty();
    assertThat(exchanges()).as("before and after the edit").isEqualTo(exchanges + 1);
    assertThat(FOLDER.health().getMessage()).isEmpty();
  }

  private static double exchanges() {
    return Scrape.of(FOLDER.coordinator()).value("tracks_route_exchanges_total", "route", "drive");
  }

  @Test
  void filesAreAddedAndDeleted() throws Exception {
    FOLDER.edit(PAIR, "[gmail]}\n", "[gmail]}\n  books: {dependsOn: [drive]}\n");
    FOLDER.write("tracks/books.camel.yaml", track("books", "booked"));
    FOLDER.awaitRoute("books");
    FOLDER.awaitDefinitions(1);
    assertThat(FOLDER.result()).isEqualTo("booked");
    FOLDER.awaitWorkers(3);
    FOLDER.delete("tracks/books.camel.yaml");
    FOLDER.awaitNoRoute("books");
    FOLDER.awaitWorkers(2);
    assertThat(FOLDER.health().getMessage()).isEmpty();
    assertThat(FOLDER.health("started-routes").getMessage())
        .as("those that are gone are not missed")
        .isEmpty();
  }

  @Test
  void aRouteThatIsRenamedTakesTheWorkOfTheOldOne() {
    FOLDER.edit(DRIVE, "id: drive\n", "id: drive-2\n");
    FOLDER.awaitRoute("drive-2");
    FOLDER.awaitNoRoute("drive");
    assertThat(FOLDER.result()).isEqualTo("stored");
  }

  @Test
  void aRouteThatIsMovedToAnotherFileRunsOn() throws Exception {
    Route drive = FOLDER.route("drive");
    Route gmail = FOLDER.route("gmail");
    FOLDER.write(
        "tracks/both.camel.yaml",
        FOLDER.text(GMAIL).replace("fetched", "got") + FOLDER.text(DRIVE));
    FOLDER.delete(DRIVE);
    FOLDER.delete(GMAIL);
    FOLDER.awaitReplaced(gmail);
    assertThat(FOLDER.route("drive")).isSameAs(drive);
    assertThat(FOLDER.result()).isEqualTo("stored");
    Files.move(FOLDER.path("tracks/both.camel.yaml"), FOLDER.path("tracks/mine.camel.yaml"));
    FOLDER.write("tracks/last.camel.yaml", track("books", "booked"));
    FOLDER.awaitRoute("books");
    assertThat(FOLDER.route("drive")).isSameAs(drive);
    assertThat(FOLDER.health().getMessage()).isEmpty();
  }

  @Test
  void anEditorThatWritesBesideAndRenamesIsUnderstood() throws Exception {
    Route drive = FOLDER.route("drive");
    Path beside = FOLDER.path(DRIVE + "~");
    Files.writeString(beside, track("drive", "filed"));
    Files.move(beside, FOLDER.path(DRIVE), StandardCopyOption.REPLACE_EXISTING);
    FOLDER.awaitReplaced(drive);
    assertThat(FOLDER.result()).isEqualTo("filed");
  }
}
