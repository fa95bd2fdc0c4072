package org.trackcoordinator.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.options.AriaRole;
import java.util.UUID;
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

/** The console of a server that wants tokens. */
@Tag("track-coordination")
@Needs({Tool.CHROMIUM, Tool.NODE, Tool.PLAYWRIGHT})
class ConsoleTokensIT {

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();
  @RegisterExtension static final ServedCoordinator served = new ServedCoordinator(database);
  @RegisterExtension static final Browser browser = new Browser();

  private UUID run;

  @BeforeEach
  void aRun() {
    run = new Intake(database).refused("the partner is unknown");
    browser.expect("status of 40[13]");
  }

  private static void enter(Page page, String token) {
    page.getByLabel("Token", new Page.GetByLabelOptions().setExact(true)).fill(token);
    page.keyboard().press("Enter");
  }

  @Test
  void theTokenIsAskedForOnceAndForgottenWithTheTab() {
    Page page = browser.open(served.origin() + "/");
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    assertThat(dialog).hasCount(1);
    Browser.picture(page, "console-token");

    enter(page, "no-such-token");
    assertThat(dialog).containsText("The server does not know this token.");
    page.reload();
    assertThat(dialog).not().containsText("does not know");
    enter(page, "no header takes 会計");
    assertThat(dialog).containsText("The server does not know this token.");
    enter(page, ServedCoordinator.READER);
    assertThat(page.locator("tbody tr")).hasCount(1);
    assertThat(dialog).hasCount(0);
    page.reload();
    assertThat(page.locator("tbody tr")).hasCount(1);
    page.locator("a.run").click();
    assertThat(page.locator(".picture [data-track]")).hasCount(4);
    assertThat(page.locator(".timeline li")).hasCount(4);

    Page other = page.context().newPage();
    other.navigate(served.origin() + "/");
    assertThat(other.getByRole(AriaRole.DIALOG)).hasCount(1);
    page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("Forget the token")).click();
    assertThat(page.getByRole(AriaRole.DIALOG)).hasCount(1);
  }

  /** Where nothing can be kept: then for as long as the page is open. */
  @ParameterizedTest
  @ValueSource(strings = {"setItem", "setItem getItem removeItem"})
  void aBrowserThatKeepsNothingIsAskedOnce(String refused) {
    Page page = browser.open(served.origin() + "/");
    for (String function : refused.split(" ")) {
      page.evaluate(
          "name => { Storage.prototype[name] = () => { throw new DOMException('no', 'QuotaExceededError'); }; }",
          function);
    }
    enter(page, ServedCoordinator.READER);
    assertThat(page.locator("tbody tr")).hasCount(1);
    assertThat(page.getByRole(AriaRole.DIALOG)).hasCount(0);
    page.locator("a.run").click();
    assertThat(page.locator(".timeline li")).hasCount(4);
    page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("Forget the token")).click();
    assertThat(page.getByRole(AriaRole.DIALOG)).hasCount(1);
  }

  @Test
  void whoMayOnlyReadIsToldSo() {
    Page page = browser.open(served.origin() + "/#/runs/" + run);
    enter(page, ServedCoordinator.READER);
    page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("Retry the run")).click();
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Who are you?").fill("ann");
    dialog.getByLabel("Why?").fill("it should work");
    page.keyboard().press("Enter");

    assertThat(dialog.locator(".refusal"))
        .hasText(
            "A token with the role reader may not do this It takes a token with the role operator.");
    assertThat(database.state(run)).isEqualTo("failed");
  }
}
