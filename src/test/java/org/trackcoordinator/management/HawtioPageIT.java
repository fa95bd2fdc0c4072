package org.trackcoordinator.management;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.testing.Browser;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;

/** Hawtio in a browser, by people with a token. */
@Tag("track-coordination")
@Needs({Tool.CHROMIUM, Tool.NODE, Tool.PLAYWRIGHT})
class HawtioPageIT {

  private static final String READER = "reader-7f0c1b52a9d84e36";
  private static final String OPERATOR = "operator-3b1f90aa47c2de61";
  private static final long MOST_BYTES = 60_000;

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final ManagedCoordinator instance =
      new ManagedCoordinator(
          database, new ApiToken(Role.READER, READER), new ApiToken(Role.OPERATOR, OPERATOR));

  @RegisterExtension static final Browser browser = new Browser();

  private static Page open(String place) {
    return open(place, OPERATOR);
  }

  private static Page open(String place, String token) {
    return browser.open(
        "http://127.0.0.1:" + instance.port() + "/hawtio/" + place,
        visitor -> visitor.setHttpCredentials("anybody", token));
  }

  private static void choose(Page page, String name) {
    page.getByText(name, new Page.GetByTextOptions().setExact(true)).first().click();
  }

  @Test
  void itListsTheRoutesOfTheCoordinator() {
    Page page = open("");
    choose(page, "routes");

    assertThat(page.getByText("consume-processing-logs").first()).isVisible();
    assertThat(page.getByText("Started").first()).isVisible();
    Browser.picture(page, "hawtio-routes");
  }

  /** Who may stop none is offered no button for it. */
  @ParameterizedTest
  @ValueSource(strings = {OPERATOR, READER})
  void itOffersToStopARouteToWhoMay(String token) {
    Page page = open("", token);
    choose(page, "routes");
    page.locator("tbody tr")
        .filter(new Locator.FilterOptions().setHasText("clean-up"))
        .getByRole(AriaRole.CHECKBOX)
        .check();

    Locator stop =
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Stop").setExact(true));
    if (token.equals(OPERATOR)) {
      assertThat(stop).isEnabled();
    } else {
      assertThat(stop).isDisabled();
    }
  }

  /** Also for somebody who may stop none. The picture of docs/hawtio.md is one of these. */
  @ParameterizedTest
  @ValueSource(strings = {OPERATOR, READER})
  void itDrawsARoute(String token) {
    Page page = open("", token);
    choose(page, "routes");
    choose(page, "default");
    choose(page, "coordinate-batch");
    choose(page, "Route Diagram");

    assertThat(page.getByText("Choice").first()).isVisible();
    assertThat(page.getByText("Source", new Page.GetByTextOptions().setExact(true))).isHidden();
    Browser.picture(page, "hawtio-diagram");
    assertThat(Browser.photo(page, "hawtio-diagram").toFile().length())
        .isPositive()
        .isLessThanOrEqualTo(MOST_BYTES);
  }

  @Test
  void itShowsExchangesInFlight() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    CamelContext camel = instance.coordinator().camel();
    camel.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            from("direct:held")
                .routeId("held-for-a-while")
                .process(exchange -> done.await(2, TimeUnit.MINUTES));
          }
        });
    try (ProducerTemplate template = camel.createProducerTemplate()) {
      template.asyncSendBody("direct:held", "");
      Page page = open("");
      choose(page, "routes");
      choose(page, "Exchanges");

      assertThat(page.getByText("Inflight Exchanges")).isVisible();
      assertThat(page.locator("table").getByText("held-for-a-while").first()).isVisible();
      Browser.picture(page, "hawtio-exchanges");
    } finally {
      done.countDown();
    }
  }

  @Test
  void itShowsTheJobsOfQuartz() {
    Page page = open("quartz");
    page.getByText(instance.coordinator().instance()).first().click();
    choose(page, "Triggers");

    assertThat(page.getByText("watch-queues").first()).isVisible();
    Browser.picture(page, "hawtio-quartz");
  }

  @Test
  void itShowsWhatIsCoordinated() {
    database.load("{workflow: chain, tracks: {gmail: {}}}");
    database.startRun("chain");
    Page page = open("jmx");
    choose(page, "org.trackcoordinator");
    choose(page, "Runs");

    assertThat(page.getByText("By State")).isVisible();
    assertThat(page.getByText("\"running\":1")).isVisible();
    Browser.picture(page, "hawtio-runs");
  }
}
