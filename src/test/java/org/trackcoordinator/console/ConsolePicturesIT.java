package org.trackcoordinator.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.Browser;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.ServedCoordinator;
import org.trackcoordinator.testing.Tool;

/**
 * Takes the pictures of the README and of the tutorial: copy them from {@code target/screenshots}
 * to {@code docs/pictures}.
 */
@Tag("track-coordination")
@Needs({Tool.CHROMIUM, Tool.NODE, Tool.PLAYWRIGHT})
class ConsolePicturesIT {

  private static final long MOST_BYTES = 80_000;

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final ServedCoordinator served = ServedCoordinator.forEverybody(database);

  @RegisterExtension static final Browser browser = new Browser();

  @Test
  void takesThem() {
    Intake intake = new Intake(database);
    for (int i = 0; i < 3; i++) {
      intake.booked();
    }
    intake.refused("422 from freee: the partner 有限会社山田印刷所 is unknown");
    intake.booked();
    intake.openCircuit();
    UUID held = intake.stored();
    intake.file(held);
    database.awaitState(held, "freee", "held");
    intake.stored();
    Page runs = open("");
    assertThat(runs.locator("tbody tr")).hasCount(7);
    take(runs, "console-runs");
    Page run = open("#/runs/" + held);
    assertThat(run.locator(".track .why")).containsText("freee-api");
    assertThat(run.locator(".timeline li")).hasCount(4);
    assertThat(run.locator(".picture .state-held")).isVisible();
    take(run, "console-run");
  }

  /** As the tutorial leaves it: there is no mailbox, freee was skipped, and ledger had its deal. */
  @Test
  void takesThatOfTheTutorial() throws Exception {
    served.coordinator().camel().getRouteController().suspendRoute("gmail");
    try {
      database.load(
          Files.readString(Path.of("routes/workflows/invoice-intake.yaml"))
              + "  ledger: {description: Write the deal into the ledger, dependsOn: [freee]}\n");
      UUID run = database.startRun("invoice-intake");
      database.awaitState(run, "gmail", "triggered");
      database
          .sql()
          .queryForList(
              "select track_coordination.skip(?, 'freee', '{\"deal\": 4711}', who => 'ann', why => 'tutorial')",
              run);
      database.awaitState(run, "ledger", "triggered");
      database.insertEvent(run, "ledger", "completed", "{\"deal\": 4711}");
      database.awaitState(run, "ledger", "completed");
      Page page = open("#/runs/" + run + "?track=ledger");
      assertThat(page.locator(".picture .state-completed")).isVisible();
      assertThat(page.locator(".track .payload").first()).isVisible();
      take(page, "tutorial-run");
    } finally {
      served.coordinator().camel().getRouteController().resumeRoute("gmail");
    }
  }

  private Page open(String place) {
    return browser.open(
        served.origin() + "/" + place,
        options -> options.setViewportSize(1100, place.isEmpty() ? 470 : 700));
  }

  private static void take(Page page, String name) {
    Browser.picture(page, name);
    Path picture = Browser.photo(page, name);
    assertThat(picture.toFile().length()).isPositive().isLessThanOrEqualTo(MOST_BYTES);
  }
}
