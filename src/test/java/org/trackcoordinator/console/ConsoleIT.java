package org.trackcoordinator.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.reload.EditedFilesHealth;
import org.trackcoordinator.testing.Browser;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.ServedCoordinator;
import org.trackcoordinator.testing.Tool;
import org.trackcoordinator.workflow.Problem;

/** What an operator sees and does on the console, in a real browser. */
@Tag("track-coordination")
@Needs({Tool.CHROMIUM, Tool.NODE, Tool.PLAYWRIGHT})
class ConsoleIT {

  /** More than the page lets pass between two questions of any kind. */
  private static final Duration A_WHILE = Duration.ofSeconds(40);

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final ServedCoordinator served = ServedCoordinator.forEverybody(database);

  @RegisterExtension static final Browser browser = new Browser();

  private Intake intake;

  @BeforeEach
  void load() {
    intake = new Intake(database);
  }

  private Page open(String place) {
    return browser.open(served.origin() + "/" + place);
  }

  /** A page that looks again when the test lets time {@link #pass}. */
  private Page openToWait(String place) {
    return browser.openWithOwnClock(served.origin() + "/" + place);
  }

  private static void pass(Page page) {
    Browser.pass(page, A_WHILE);
  }

  private static Locator button(Page page, String name) {
    return page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
  }

  private static Locator track(Page page, String id) {
    return page.locator(".picture [data-track='" + id + "']");
  }

  /** Says who and why, and does what the dialog asks for. */
  private static void agree(Page page, String action) {
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Who are you?").fill("ann");
    dialog.getByLabel("Why?").fill("freee is back");
    dialog
        .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(action).setExact(true))
        .click();
  }

  @Test
  void theRunsOfTheSampleAppearAndAreFiltered() {
    UUID booked = intake.booked();
    UUID refused = intake.refused("the partner is unknown");
    UUID stored = intake.stored();

    Page page = open("");
    Locator rows = page.locator("tbody tr");

    assertThat(rows).hasCount(3);
    assertThat(rows.nth(0)).containsText(Pattern.compile("running.*invoice-intake.*2 of 4.*maria"));
    assertThat(rows.nth(1)).containsText(Pattern.compile("failed.*3 of 4.*the partner is unknown"));
    assertThat(rows.nth(2)).containsText(Pattern.compile("completed.*4 of 4"));
    Browser.picture(page, "console-runs");
    page.getByLabel("State").selectOption("failed");
    assertThat(rows).hasCount(1);
    assertThat(page).hasURL(Pattern.compile("#/runs\\?state=failed$"));
    page.reload();
    assertThat(rows).hasCount(1);
    rows.locator("a.run").click();
    assertThat(page).hasURL(Pattern.compile("#/runs/" + refused));
    page.goBack();
    page.getByLabel("Correlation id").fill(booked.toString());
    page.keyboard().press("Enter");
    assertThat(page).hasURL(Pattern.compile("#/runs/" + booked));
    page.goBack();
    assertThat(rows).hasCount(1);
    page.getByLabel("User").fill("nobody");
    page.keyboard().press("Enter");
    assertThat(page.locator(".empty")).hasText("No runs are like this.");
    page.getByLabel("User").fill("maria");
    page.keyboard().press("Enter");
    assertThat(page).hasURL(Pattern.compile("#/runs\\?state=failed&user=maria$"));
    assertThat(rows).hasCount(1);
    page.navigate(served.origin() + "/#/runs?find=" + stored.toString().substring(0, 30));
    assertThat(page.locator("a.run")).hasAttribute("title", stored.toString());
  }

  @Test
  void aPictureTurnsGreenWhileItIsLookedAt() {
    UUID run = intake.stored();
    Page page = open("#/runs/" + run);
    assertThat(track(page, "drive")).hasClass(Pattern.compile("state-completed"));
    assertThat(track(page, "file-management")).hasClass(Pattern.compile("state-triggered"));
    assertThat(track(page, "freee")).hasClass(Pattern.compile("state-waiting"));
    assertThat(page.locator(".live")).hasText("live");
    Browser.picture(page, "console-run-live");
    // a page that nobody sees asks for nothing by the clock: what comes now comes by the stream
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })");
    button(page, "Larger (+)").focus();

    intake.file(run);
    assertThat(track(page, "file-management")).hasClass(Pattern.compile("state-completed"));
    assertThat(track(page, "freee")).hasClass(Pattern.compile("state-triggered"));
    intake.book(run);
    assertThat(track(page, "freee")).hasClass(Pattern.compile("state-completed"));
    assertThat(page.locator("h1")).containsText("completed");
    assertThat(page.locator(".live")).hasText("at its end");
    assertThat(page.locator(".timeline li")).hasCount(4);
    assertThat(button(page, "Larger (+)")).isFocused();
    Browser.picture(page, "console-run-completed");
  }

  @Test
  void aFailedRunIsRetriedByClicking() {
    UUID run = intake.refused("the partner is unknown");
    Page page = open("#/runs/" + run);
    assertThat(page.locator(".whys")).containsText("the partner is unknown");
    Browser.picture(page, "console-run-failed");

    button(page, "Retry the run").click();
    assertThat(page.getByRole(AriaRole.DIALOG)).containsText("What failed is done again");
    Browser.picture(page, "console-retry");
    agree(page, "Retry the run");

    assertThat(page.locator("h1")).containsText("running");
    assertThat(track(page, "freee")).hasClass(Pattern.compile("state-triggered"));
    assertThat(
            database.texts(
                "select action || ' by ' || who || ': ' || why from track_coordination.operator_actions"))
        .containsExactly("retry by ann: freee is back");
    intake.book(run);
    assertThat(page.locator("h1")).containsText("completed");
  }

  @Test
  void whyOfAHeldTrackNamesTheCircuit() {
    intake.openCircuit();
    UUID run = intake.stored();
    intake.file(run);
    database.awaitState(run, "freee", "held");

    Page page = open("#/runs/" + run + "?track=freee");

    assertThat(page.locator(".track .why")).containsText("Circuit open");
    assertThat(page.locator(".track .why")).containsText("circuit freee-api is open since");
    assertThat(page.locator(".track .why")).containsText("12 of the last 20 attempts failed");
    assertThat(track(page, "freee")).hasClass(Pattern.compile("state-held.*selected"));
    Browser.picture(page, "console-run-held");
    page.navigate(served.origin() + "/#/gates");
    assertThat(page.locator("tbody tr").first()).containsText("freee-api");
    Browser.picture(page, "console-gates");
  }

  @Test
  void aHandlerIsHeldAndReleasedFromItsQueue() {
    intake.filed();
    Page page = openToWait("#/queues");
    Locator row = page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText("freee"));
    assertThat(row).containsText("1");
    Browser.picture(page, "console-queues");

    row.getByRole(AriaRole.BUTTON).click();
    agree(page, "Hold handler freee");
    assertThat(row).containsText("paused");
    assertThat(
            database.texts(
                "select handler || ' ' || state || ': ' || reason from track_coordination.gate_states"))
        .containsExactly("freee closed: freee is back");
    page.navigate(served.origin() + "/#/gates");
    page.getByLabel("Handler").fill("drive");
    page.locator("h1").click();
    page.waitForResponse(response -> response.url().endsWith("/api/gates"), () -> pass(page));
    page.waitForResponse(response -> response.url().endsWith("/api/gates"), () -> pass(page));
    assertThat(page.getByLabel("Handler")).hasValue("drive");
    page.locator("tbody tr").getByRole(AriaRole.BUTTON).click();
    agree(page, "Release freee");
    assertThat(page.locator(".empty")).hasText("Nothing holds work back.");
  }

  @Test
  void anEventInQuarantineIsDismissed() {
    database.insertEvent(UUID.randomUUID(), "nobody-knows", "completed", "{}");
    database.awaitSettled();
    Page page = open("#/quarantine");
    Locator rows = page.locator("tbody tr");
    assertThat(rows).hasCount(1);
    assertThat(rows).containsText("nobody-knows");
    Browser.picture(page, "console-quarantine");

    rows.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Dismiss")).click();
    page.getByRole(AriaRole.DIALOG).getByLabel("Who are you?").fill("ann");
    page.getByRole(AriaRole.DIALOG).getByLabel("Why?").fill("a test");
    page.keyboard().press("Enter");

    assertThat(page.locator(".empty")).hasText("No event is in quarantine.");
  }

  @Test
  void aWorkflowIsShownWithItsPictureAndItsRuns() {
    intake.booked();
    Page page = open("#/workflows");
    // other tests of this JVM may have left older definitions
    assertThat(
            page.locator(
                    "tbody tr",
                    new Page.LocatorOptions()
                        .setHasText(Pattern.compile("invoice-intake.*4.*0.*1")))
                .first())
        .isVisible();
    Browser.picture(page, "console-workflows");

    page.getByRole(AriaRole.LINK, new GetByRoleOptions().setName("invoice-intake")).first().click();
    assertThat(page.locator(".picture [data-track]")).hasCount(4);
    track(page, "freee").click();
    assertThat(page.locator("section pre")).containsText("freee-api");
    Browser.picture(page, "console-workflow");
  }

  @Test
  void whatIsWrongWithTheInstanceIsSaidOnEachPart() {
    browser.expect("status of 503");
    whileThereIs(
        new Broken(),
        () -> {
          Page page = open("#/queues");
          assertThat(page.locator(".banner.down li")).hasText("disk: it is fullfolder<b>freee</b>");
          Browser.picture(page, "console-health");
        });
  }

  private static void whileThereIs(AbstractHealthCheck check, Runnable test) {
    check.setCamelContext(served.coordinator().camel());
    HealthCheckRegistry registry = HealthCheckRegistry.get(served.coordinator().camel());
    registry.register(check);
    try {
      test.run();
    } finally {
      registry.unregister(check);
    }
  }

  private static final class Broken extends AbstractHealthCheck {
    Broken() {
      super("track-coordinator", "disk");
    }

    @Override
    protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
      builder.message("it is full").detail("folder", "<b>freee</b>").down();
    }
  }

  /** The instance is up, and ready, with what was there before. */
  @Test
  void aFileThatIsRefusedIsNamedUntilItIsMended() {
    EditedFilesHealth edited = new EditedFilesHealth();
    edited.tell(List.of(new Problem("tracks/freee.camel.yaml", 12, 5, "", "there is no 'form'")));
    whileThereIs(
        edited,
        () -> {
          Page page = openToWait("#/queues");
          assertThat(page.locator(".banner.refused li"))
              .hasText(
                  "edited-files: Not live, what was there before runs on: tracks/freee.camel.yaml:12:5: there is no 'form'");
          assertThat(page.locator(".banner.down")).hasCount(0);
          Browser.picture(page, "console-refused-file");
          edited.tell(List.of());
          pass(page);
          assertThat(page.locator(".banner")).hasCount(0);
        });
  }

  @Test
  void aServerThatDoesNotAnswerIsNoticedAndAskedAgain() {
    browser.expect("net::ERR_");
    UUID run = intake.stored();
    Page page = openToWait("#/runs/" + run);
    assertThat(page.locator(".live")).hasText("live");
    assertThat(track(page, "drive")).hasClass(Pattern.compile("state-completed"));

    page.context().setOffline(true);
    pass(page);
    assertThat(page.locator(".banner")).containsText("has not answered since");
    assertThat(track(page, "drive")).hasClass(Pattern.compile("state-completed"));
    intake.file(run);
    page.context().setOffline(false);
    pass(page);

    assertThat(track(page, "file-management")).hasClass(Pattern.compile("state-completed"));
    assertThat(page.locator(".banner")).hasCount(0);
    assertThat(page.locator(".live")).hasText("live");
  }

  /** A list whose answer breaks off, a workflow and a picture that the server has no time for. */
  @Test
  void whatFailsAtFirstIsAskedForAgain() {
    browser.expect("status of 503");
    UUID run = intake.stored();
    Page page = openToWait("#/queues");
    Locator refusal = page.locator("main .refusal");

    page.route("**/api/runs?*", with(200, "{\"runs\": ["));
    page.navigate(served.origin() + "/#/runs");
    assertThat(refusal).containsText("it is asked again and again");
    page.unroute("**/api/runs?*");
    pass(page);
    assertThat(page.locator("tbody tr")).hasCount(1);
    assertThat(refusal).hasCount(0);

    page.route("**/api/workflows/invoice-intake", with(503, "{\"detail\": \"too busy\"}"));
    page.navigate(served.origin() + "/#/workflows/invoice-intake");
    assertThat(refusal).hasText("too busy");
    page.unroute("**/api/workflows/invoice-intake");
    page.route("**/graph?*", with(503, ""));
    pass(page);
    assertThat(refusal).containsText("The picture did not come (HTTP 503)");
    page.navigate(served.origin() + "/#/runs/" + run);
    assertThat(page.locator("h1")).containsText("running");
    assertThat(refusal).containsText("The picture did not come (HTTP 503)");
    page.unroute("**/graph?*");
    pass(page);
    assertThat(track(page, "drive")).hasClass(Pattern.compile("state-completed"));
    assertThat(refusal).hasCount(0);
  }

  private static Consumer<Route> with(int status, String body) {
    return route ->
        route.fulfill(
            new Route.FulfillOptions()
                .setStatus(status)
                .setContentType("application/json")
                .setBody(body));
  }

  /** Between the click and the answer somebody else was faster. */
  @Test
  void whatTheServerRefusesIsSaidInItsWords() {
    browser.expect("status of 409");
    UUID run = intake.refused("the partner is unknown");
    Page page = open("#/runs/" + run);
    button(page, "Retry the run").click();
    database.sql().queryForList("select track_coordination.retry(?)", run);
    database.awaitState(run, "freee", "triggered");
    database.sql().queryForList("select track_coordination.cancel(?)", run);

    agree(page, "Retry the run");

    assertThat(page.getByRole(AriaRole.DIALOG).locator(".refusal"))
        .containsText(
            "run %s was cancelled A cancelled run stays cancelled; start a new one."
                .formatted(run));
  }

  @Test
  void whatOneReadsStaysInItsPlaceWhenThereIsMore() {
    UUID first = intake.stored();
    Page page = openToWait("");
    Locator rows = page.locator("tbody tr");
    assertThat(rows).hasCount(1);
    rows.locator("a.run").focus();

    UUID second = intake.stored();
    intake.file(first);
    database.awaitState(first, "freee", "triggered");
    pass(page);

    assertThat(rows).containsText("3 of 4");
    assertThat(rows).hasCount(1);
    assertThat(rows.locator("a.run")).isFocused();
    button(page, "Show 1 new run").click();
    assertThat(rows).hasCount(2);
    assertThat(rows.first().locator("a.run")).hasAttribute("title", second.toString());
  }

  @Test
  void allIsDoneWithTheKeyboard() {
    UUID run = intake.refused("the partner is unknown");
    Page page = open("#/runs?state=failed");
    assertThat(page.locator("tbody tr")).hasCount(1);

    tabTo(page, page.locator("a.run"));
    page.keyboard().press("Enter");
    assertThat(page.locator("h1")).isFocused();
    tabTo(page, button(page, "Retry the run"));
    page.keyboard().press("Enter");
    assertThat(page.getByLabel("Who are you?")).isFocused();
    page.keyboard().type("ann");
    page.keyboard().press("Tab");
    page.keyboard().type("keys only");
    page.keyboard().press("Enter");
    assertThat(page.locator("h1")).containsText("running");
    assertThat(page.locator("h1")).isFocused();
    Locator gmail = page.locator(".timeline button.name").first();
    tabTo(page, gmail);
    page.keyboard().press("Enter");
    assertThat(page.locator(".track h2")).containsText("gmail");
    assertThat(gmail).isFocused();
    assertThat(database.texts("select why from track_coordination.operator_actions"))
        .containsExactly("keys only");
  }

  private static void tabTo(Page page, Locator target) {
    target.waitFor();
    for (int presses = 0; presses < 60; presses++) {
      if ((Boolean) target.evaluate("element => element === document.activeElement")) {
        return;
      }
      page.keyboard().press("Tab");
    }
    throw new AssertionError(target + " is not reached with the key Tab");
  }

  /** Who looks is asked about twice: for the click, and when the run is asked about again. */
  @Test
  void payloadsStayWhenTheTrackIsLookedAtTwiceAtOnce() {
    UUID run = intake.stored();
    Page page = open("#/runs/" + run + "?track=gmail");
    assertThat(page.locator(".track .payload").first()).isVisible();
    List<Route> payloads = new CopyOnWriteArrayList<>();
    List<Route> reasons = new CopyOnWriteArrayList<>();
    page.route("**/tracks/drive/payloads", payloads::add);
    page.route("**/why?trackId=drive", reasons::add);
    page.locator(".timeline button.name").nth(1).click();
    page.waitForCondition(() -> reasons.size() == 2);

    payloads.get(0).resume();
    page.waitForResponse("**/why?trackId=drive", reasons.get(0)::resume);
    assertThat(page.locator(".track .payload").first()).isVisible();
    page.waitForResponse("**/why?trackId=drive", reasons.get(1)::resume).finished();
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))");
    assertThat(page.locator(".track .payload").first()).isVisible();
  }

  @Test
  void itSpeaksJapaneseToWhoPrefersIt() {
    UUID run = intake.refused("取引先が見つかりません");
    Page page =
        browser.open(served.origin() + "/#/runs/" + run, options -> options.setLocale("ja-JP"));

    assertThat(page.locator("html")).hasAttribute("lang", "ja");
    assertThat(page.locator("h1")).containsText("失敗");
    assertThat(page.locator(".whys")).containsText("取引先が見つかりません");
    Browser.picture(page, "console-run-japanese");
    page.getByLabel("言語").selectOption("en");
    assertThat(page.locator("h1")).containsText("failed");
    page.reload();
    assertThat(page.locator("h1")).containsText("failed");
  }

  @Test
  void bothLanguagesHaveTheSameTexts() {
    Page page = open("");
    assertThat(
            page.evaluate(
                """
                async () => {
                  const [en, ja] = await Promise.all(['en', 'ja'].map((tag) => import(`/console/texts-${tag}.js`)));
                  const names = (texts) => Object.keys(texts.default).sort().join(' ');
                  return names(en) === names(ja) && names(en).length > 1000;
                }
                """))
        .isEqualTo(true);
  }

  @Test
  void numbersAreSaidAsPeopleSayThem() {
    Page page = open("");
    assertThat(
            page.evaluate(
                """
                async () => {
                  const { choose, t } = await import('/console/texts.js');
                  const said = (n) => [t('track.held', { n, when: 'now' }), t('gates.permits', { n }), t('runs.new', { n }), t('chain.title', { n })];
                  const inEnglish = [...said(1), ...said(2)];
                  choose('ja');
                  return [...inEnglish, ...said(1), ...said(2)];
                }
                """))
        .isEqualTo(
            List.of(
                "found so once, now",
                "(1 probe left)",
                "Show 1 new run",
                "1 event",
                "found so 2 times, first now",
                "(2 probes left)",
                "Show 2 new runs",
                "2 events",
                "1 回確認（now）",
                "（残り 1 回確認可）",
                "新しい実行 1 件を表示",
                "イベント 1 件",
                "2 回確認、最初はnow",
                "（残り 2 回確認可）",
                "新しい実行 2 件を表示",
                "イベント 2 件"));
  }

  /** Each text that somebody else may write holds markup that would show itself. */
  @Test
  void storedMarkupStaysText() {
    String markup = "<img src=x onerror=\"document.title='run'\"><script>alert(1)</script>";
    database.load(
        """
        workflow: hostile
        description: "<script>alert(2)</script>"
        defaults: {retry: {maxAttempts: 1}}
        tracks:
          a: {description: "<img src=x onerror=alert(3)>", handler: other}
        """);
    UUID run =
        database
            .sql()
            .queryForObject(
                "select track_coordination.start_run('hostile', jsonb_build_object(?, ?), user_id => ?)",
                UUID.class,
                markup,
                markup,
                markup);
    database.awaitState(run, "a", "triggered");
    database
        .sql()
        .queryForList(
            "select track_coordination.hold(correlation_id => ?, track_id => 'a', who => ?, why => ?)",
            run,
            markup,
            markup);
    Page page = open("#/runs/" + run + "?track=a");
    page.onDialog(dialog -> browser.report("a script was run: " + dialog.message()));
    assertThat(page.locator(".track .why")).containsText(markup);
    page.locator(".payload summary").click();
    assertThat(page.locator(".payload pre")).containsText("<script>alert(1)</script>");
    assertThat(track(page, "a").locator("title")).containsText("onerror=alert(3)");
    Browser.picture(page, "console-markup");
    database
        .sql()
        .queryForList(
            "select track_coordination.release(correlation_id => ?, track_id => 'a')", run);
    database
        .sql()
        .update(
            "insert into processing_logs (correlation_id, track_id, event_type, payload) values (?, 'a', 'failed', jsonb_build_object('error', jsonb_build_object('message', ?)))",
            run,
            markup);
    assertThat(page.locator("h1")).containsText("failed");
    assertThat(page.locator(".whys")).containsText(markup);
    for (String part : List.of("runs", "gates", "quarantine", "queues", "workflows/hostile")) {
      page.navigate(served.origin() + "/#/" + part);
      assertThat(page.locator("h1")).isVisible();
    }
    page.navigate(served.origin() + "/#/runs");
    assertThat(page.locator("td.error")).containsText(markup);
    browser.expect("status of 40[04]");
    page.navigate(served.origin() + "/#/runs/" + markup.replace("/", "%2F"));
    assertThat(page.locator("h1")).containsText("<img src=x");
    assertThat(page.locator(".refusal")).isVisible();
    assertThat((String) page.evaluate("document.title")).isNotEqualTo("run");
    assertThat(page.locator("main script, main img").count()).isZero();
  }
}
