package org.trackcoordinator.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.trackcoordinator.testing.Browser;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.ServedCoordinator;
import org.trackcoordinator.testing.Tool;

/** What axe-core finds on each part of the console, light and dark: contrast, names, order. */
@Tag("track-coordination")
@Needs({Tool.CHROMIUM, Tool.NODE, Tool.PLAYWRIGHT})
class ConsoleAccessibilityIT {

  private static final Path AXE = Path.of("src/test/browser/node_modules/axe-core/axe.min.js");

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final ServedCoordinator served = ServedCoordinator.forEverybody(database);

  @RegisterExtension static final Browser browser = new Browser();

  @ParameterizedTest
  @EnumSource(names = {"LIGHT", "DARK"})
  void axeFindsNothing(ColorScheme scheme) throws IOException {
    Intake intake = new Intake(database);
    intake.booked();
    UUID refused = intake.refused("the partner is unknown");
    database.insertEvent(UUID.randomUUID(), "nobody-knows", "completed", "{}");
    intake.openCircuit();
    UUID held = intake.stored();
    intake.file(held);
    database.awaitState(held, "freee", "held");
    database
        .sql()
        .queryForList("select track_coordination.hold(handler => 'drive', why => 'month end')");
    Map<String, Consumer<Page>> parts = new LinkedHashMap<>();
    parts.put("runs", page -> assertThat(page.locator("tbody tr")).hasCount(3));
    parts.put("runs/" + refused, this::openEverything);
    parts.put("runs/" + held, page -> assertThat(page.locator(".timeline li")).hasCount(4));
    parts.put("queues", page -> assertThat(page.locator("tbody tr")).not().hasCount(0));
    parts.put("gates", page -> assertThat(page.locator("tbody tr")).not().hasCount(0));
    parts.put("quarantine", page -> assertThat(page.locator("tbody tr")).hasCount(1));
    parts.put("workflows", page -> assertThat(page.locator("tbody tr")).not().hasCount(0));
    parts.put(
        "workflows/invoice-intake",
        page -> assertThat(page.locator(".picture [data-track]")).hasCount(4));
    Page page = browser.open(served.origin() + "/", options -> options.setColorScheme(scheme));
    String axe = Files.readString(AXE);
    for (Map.Entry<String, Consumer<Page>> part : parts.entrySet()) {
      page.navigate(served.origin() + "/#/" + part.getKey());
      part.getValue().accept(page);
      Browser.picture(
          page,
          "console-" + scheme.name().toLowerCase() + "-" + part.getKey().replaceAll("/.*", ""));
      assertThat(violations(page, axe)).as(part.getKey()).isEmpty();
    }
    page.navigate(served.origin() + "/#/runs/" + refused);
    page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("Retry the run")).click();
    assertThat(violations(page, axe)).as("dialog").isEmpty();
  }

  private void openEverything(Page page) {
    assertThat(page.locator(".timeline li")).hasCount(4);
    page.locator("summary")
        .all()
        .forEach(summary -> summary.evaluate("it => it.parentNode.open = true"));
  }

  @SuppressWarnings("unchecked")
  private static List<String> violations(Page page, String axe) {
    page.evaluate(axe);
    return (List<String>)
        page.evaluate(
            """
            async () => (await axe.run()).violations.flatMap((violation) =>
              violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')}: ${node.failureSummary}`))
            """);
  }
}
