package org.trackcoordinator.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.options.AriaRole;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.testing.Browser;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.ServedCoordinator;
import org.trackcoordinator.testing.Tool;

/** The console on a telephone: an operator on call, away from the desk. */
@Tag("track-coordination")
@Needs({Tool.CHROMIUM, Tool.NODE, Tool.PLAYWRIGHT})
class ConsoleNarrowIT {

  private static final int WIDTH = 360;

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final ServedCoordinator served = ServedCoordinator.forEverybody(database);

  @RegisterExtension static final Browser browser = new Browser();

  private UUID refused;

  @BeforeEach
  void somethingOfEverything() {
    Intake intake = new Intake(database);
    intake.booked();
    refused =
        intake.refused(
            "422 from freee: the partner 有限会社山田印刷所 is unknown, see https://api.example.com/"
                + "x".repeat(200));
    database.insertEvent(UUID.randomUUID(), "nobody-knows", "completed", "{}");
    intake.openCircuit();
    UUID held = intake.stored();
    intake.file(held);
    database.awaitState(held, "freee", "held");
    database
        .sql()
        .queryForList("select track_coordination.hold(handler => 'drive', why => 'month end')");
  }

  private static Page open(String place, String language) {
    return browser.open(
        served.origin() + "/#/" + place,
        visitor ->
            visitor
                .setViewportSize(WIDTH, 740)
                .setHasTouch(true)
                .setIsMobile(true)
                .setLocale(language));
  }

  @ParameterizedTest
  @ValueSource(strings = {"en-GB", "ja-JP"})
  void nothingIsWiderThanThePage(String language) {
    Map<String, Consumer<Page>> parts = new LinkedHashMap<>();
    parts.put("runs", page -> assertThat(page.locator("tbody tr")).hasCount(3));
    parts.put("runs/" + refused, page -> assertThat(page.locator(".timeline li")).hasCount(4));
    parts.put("queues", page -> assertThat(page.locator("tbody tr")).not().hasCount(0));
    parts.put("gates", page -> assertThat(page.locator("tbody tr")).not().hasCount(0));
    parts.put("quarantine", page -> assertThat(page.locator("tbody tr")).hasCount(1));
    parts.put("workflows", page -> assertThat(page.locator("tbody tr")).not().hasCount(0));
    parts.put(
        "workflows/invoice-intake",
        page -> assertThat(page.locator(".picture [data-track]")).hasCount(4));
    Page page = open("runs", language);
    for (Map.Entry<String, Consumer<Page>> part : parts.entrySet()) {
      page.navigate(served.origin() + "/#/" + part.getKey());
      part.getValue().accept(page);
      for (Locator summary : page.locator("main summary").all()) {
        summary.evaluate("it => it.parentNode.open = true");
      }
      page.waitForFunction(
          "() => !document.querySelector('main details[open]:not(:has(> *:nth-child(2)))')");
      Browser.picture(
          page,
          "console-narrow-"
              + language.substring(0, 2)
              + "-"
              + part.getKey().replaceAll("s/.*", ""));
      assertThat(width(page)).as(part.getKey()).isEqualTo(WIDTH);
      assertThat(outOfReach(page)).as(part.getKey()).isEmpty();
    }
  }

  private static int width(Page page) {
    return (Integer) page.evaluate("document.documentElement.scrollWidth");
  }

  /** What may be clicked and lies beside the page; the picture is moved within its frame. */
  @SuppressWarnings("unchecked")
  private static List<String> outOfReach(Page page) {
    assertThat((Integer) page.evaluate("document.querySelectorAll('main button, main a').length"))
        .isPositive();
    return (List<String>)
        page.evaluate(
            """
            () => [...document.querySelectorAll('button, a, select, input, summary')]
              .filter((it) => !it.closest('.frame') && !it.closest('.skip') && it.checkVisibility())
              .filter((it) => { const { left, right } = it.getBoundingClientRect(); return left < 0 || right > innerWidth; })
              .map((it) => it.outerHTML)
            """);
  }

  @Test
  void aRunIsRetriedWithAThumb() {
    Page page = open("runs", "en-GB");
    page.locator("a.run").nth(1).tap();
    assertThat(page.locator("h1")).containsText("failed");
    page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("Retry the run")).tap();
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Who are you?").fill("ann");
    dialog.getByLabel("Why?").fill("on call");
    Browser.picture(page, "console-narrow-dialog");
    assertThat(width(page)).isEqualTo(WIDTH);
    dialog
        .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Retry the run"))
        .tap();
    assertThat(page.locator("h1")).containsText("running");
  }

  /** What is told of a track stands far below the picture. */
  @Test
  void whatIsSelectedIsBroughtIntoSight() {
    Page page = open("runs/" + refused, "en-GB");
    Locator gmail = page.locator(".timeline button.name").first();
    assertThat(page.locator(".track h2")).containsText("freee");
    assertThat(page.locator(".track h2")).not().isInViewport();
    gmail.tap();
    assertThat(page.locator(".track h2")).containsText("gmail");
    assertThat(page.locator(".track h2")).isInViewport();
  }
}
