package org.trackcoordinator.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions.HasCountOptions;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.testing.Browser;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.ServedCoordinator;
import org.trackcoordinator.testing.Tool;

/**
 * Much to show. It logs what it measured, see docs/console.md; what it demands is far more, since
 * other tests run beside it.
 */
@Tag("track-coordination")
@Needs({Tool.CHROMIUM, Tool.NODE, Tool.PLAYWRIGHT})
class LargeConsoleIT {

  private static final Logger LOG = LoggerFactory.getLogger(LargeConsoleIT.class);
  private static final int RUNS = 10_000;
  private static final int TRACKS = 2_000;
  private static final double PATIENCE_MILLIS = 60_000;
  private static final long MOST_MILLIS = 5_000;

  private static final String REQUESTS =
      "performance.getEntriesByType('resource').filter((it) => it.name.includes('/api/'))"
          + ".map((it) => `${it.name.replace(/.*\\/api\\//, '')} ${Math.round(it.duration)}`).join(', ')";

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final ServedCoordinator served = ServedCoordinator.forEverybody(database);

  @RegisterExtension static final Browser browser = new Browser();

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // runs that nobody ever ran
  void theFirstPageOfManyRunsIsThereAtOnce() {
    new Intake(database);
    database
        .sql()
        .update(
            """
            with made as (
              insert into track_coordination.runs (correlation_id, definition_id, user_id, remaining_leaves, payload, state, created_at, finished_at)
              select track_coordination.new_correlation_id(), w.definition_id, 'maria', 0, '{}', case when n % 50 = 0 then 'failed' else 'completed' end,
                     now() - make_interval(secs => 10000 - n), now() - make_interval(secs => 9999 - n)
                from generate_series(1, ?) n cross join track_coordination.workflows w where w.workflow = 'invoice-intake'
              returning correlation_id, definition_id)
            insert into track_coordination.activations (correlation_id, track_no, definition_id, dependencies, remaining, state, trigger_event_id, result_event_id)
            select m.correlation_id, t.track_no, t.definition_id, t.dependency_count, 0, 'completed', 1, 2
              from made m join track_coordination.definition_tracks t using (definition_id)
            """,
            RUNS);
    database.sql().execute("analyze track_coordination.runs, track_coordination.activations");
    for (int i = 0; i < 3; i++) {
      long begun = System.nanoTime();
      database
          .sql()
          .queryForObject(
              "select length(cast(track_coordination.list_runs_json('{\"limit\": 50}') as text))",
              Integer.class);
      LOG.info("10,000 runs: the statement took {} ms", (System.nanoTime() - begun) / 1_000_000);
    }
    for (int i = 0; i < 5; i++) {
      Page page = browser.open(served.origin() + "/");
      Times times = times(page);
      LOG.info("10,000 runs, by somebody who was never here: {}", times);
      assertThat(times.sincePage()).isLessThan(MOST_MILLIS);
      page.context().close();
    }
    Page kept = browser.open(served.origin() + "/");
    for (int i = 0; i < 5; i++) {
      kept.navigate(served.origin() + "/#/queues");
      assertThat(kept.locator("tbody tr")).not().hasCount(50);
      kept.evaluate("performance.clearMarks(); performance.clearResourceTimings()");
      kept.navigate(served.origin() + "/#/runs");
      Times times = times(kept);
      LOG.info("10,000 runs, on a page that is open: {}", times);
      assertThat(times.sinceAsked()).isLessThan(MOST_MILLIS);
    }
    Browser.picture(kept, "console-many-runs");
    Page page = browser.open(served.origin() + "/#/runs?state=failed");
    assertThat(page.locator("tbody tr")).hasCount(50);
    page.getByText("Older ›").click();
    assertThat(page).hasURL(Pattern.compile("after="));
    assertThat(page.locator("tbody tr")).hasCount(50);
  }

  /**
   * How long it took, in ms.
   *
   * @param server from the request of the list to its answer
   * @param sinceAsked from the wish to see the list until it was painted
   * @param sincePage from the start of the page until then
   */
  private record Times(long server, long sinceAsked, long sincePage) {}

  private static Times times(Page page) {
    assertThat(page.locator("tbody tr")).hasCount(50);
    page.waitForFunction("() => performance.getEntriesByName('runs-drawn').length > 0");
    String times =
        (String)
            page.evaluate(
                """
                () => {
                  const answer = performance.getEntriesByType('resource').find((entry) => entry.name.includes('/api/runs?'));
                  const [asked, drawn] = ['runs-asked', 'runs-drawn'].map((name) => performance.getEntriesByName(name)[0].startTime);
                  return [answer.responseStart - answer.requestStart, drawn - asked, drawn].map(Math.round).join(' ');
                }
                """);
    long[] parts = Stream.of(times.split(" ")).mapToLong(Long::parseLong).toArray();
    return new Times(parts[0], parts[1], parts[2]);
  }

  @Test
  void aGraphOfManyTracksIsUsable() {
    StringBuilder workflow = new StringBuilder("workflow: large\ntracks:\n");
    for (int i = 0; i < TRACKS; i++) {
      workflow.append("  t%d: {dependsOn: [%s]}\n".formatted(i, dependencies(i)));
    }
    database.load(workflow.toString());
    UUID first = database.startRun("large");
    UUID second = database.startRun("large");
    database.awaitState(second, "t0", "triggered");
    long begun = System.nanoTime();
    Page page = browser.open(served.origin() + "/#/runs/" + first);
    HasCountOptions patient = new HasCountOptions().setTimeout(PATIENCE_MILLIS);
    assertThat(page.locator(".picture [data-track]")).hasCount(TRACKS, patient);
    long drawn = System.nanoTime();
    assertThat(page.locator(".picture [data-track=t0]"))
        .hasClass(Pattern.compile("state-triggered"));
    LOG.info("2,000 tracks, the first time, each request in ms: {}", page.evaluate(REQUESTS));
    page.navigate(served.origin() + "/#/runs/" + second);
    page.reload();
    long again = System.nanoTime();
    assertThat(page.locator(".picture [data-track]")).hasCount(TRACKS, patient);
    LOG.info(
        "2,000 tracks: drawn after {} ms, once laid out after {} ms",
        (drawn - begun) / 1_000_000,
        (System.nanoTime() - again) / 1_000_000);
    LOG.info("2,000 tracks, each request in ms: {}", page.evaluate(REQUESTS));
    page.locator(".zoom button").nth(1).click();
    page.locator(".picture [data-track=t1]").click();
    assertThat(page.locator(".track h2")).containsText("t1");
    database.insertEvent(second, "t0", "completed", "{}");
    assertThat(page.locator(".picture [data-track=t0]"))
        .hasClass(Pattern.compile("state-completed"));
    assertThat(page.locator(".picture [data-track=t1]"))
        .hasClass(Pattern.compile("state-triggered"));
    Browser.picture(page, "console-large");
  }

  private static String dependencies(int track) {
    return track == 0
        ? ""
        : track < 4 || track % 7 == 0
            ? "t" + track / 2
            : "t%d, t%d".formatted(track / 2, track / 3);
  }
}
