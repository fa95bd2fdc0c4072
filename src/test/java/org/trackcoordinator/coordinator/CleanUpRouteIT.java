package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.ServiceStatus;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** Cleaning up by schedule. */
@Tag("track-coordination")
class CleanUpRouteIT {

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  @Test
  void twoInstancesCleanUpByScheduleUntilNothingIsLeft() throws Exception {
    oldRuns(50);
    database.passTime(Duration.ofDays(91));
    Properties settings =
        settings(Map.of("cleanup.batch", "7", "cleanup.pause", "1", "cleanup.archive", "true"));
    try (Coordinator one = database.coordinator().with(settings).start();
        Coordinator other = database.coordinator().with(settings).start()) {
      awaitRuns(0);
      assertThat(database.count("select count(*) from track_coordination.tombstones"))
          .isEqualTo(50);
      assertThat(database.count("select count(*) from track_coordination.archived_logs"))
          .isEqualTo(100);
      database.passTime(Duration.ofDays(401));
      Awaitility.await()
          .until(() -> database.count("select count(*) from track_coordination.tombstones") == 0);
    }
  }

  @Test
  void afterAFailureTheNextTimeGoesOn() throws Exception {
    oldRuns(3);
    database.passTime(Duration.ofDays(91));
    database
        .sql()
        .execute(
            """
            create sequence public.test_tries;
            create function public.test_refuse() returns trigger language plpgsql as $$
            begin perform nextval('public.test_tries'); raise exception 'not now'; end $$;
            create trigger test_refuse before delete on track_coordination.runs for each statement
              execute function public.test_refuse()
            """);
    try (Coordinator coordinator = database.coordinator().with(settings(Map.of())).start()) {
      try {
        Awaitility.await("tried at two times")
            .until(() -> database.count("select last_value from public.test_tries") >= 2);
        assertThat(database.count("select count(*) from track_coordination.runs")).isEqualTo(3);
      } finally {
        database
            .sql()
            .execute("drop function public.test_refuse cascade; drop sequence public.test_tries");
      }
      awaitRuns(0);
    }
  }

  @Test
  void anInstanceThatStopsEndsWithItsBatch() throws Exception {
    oldRuns(400);
    database.passTime(Duration.ofDays(91));
    try (Coordinator coordinator =
        database
            .coordinator()
            .with(settings(Map.of("cleanup.batch", "1", "cleanup.pause", "50")))
            .start()) {
      Awaitility.await()
          .until(() -> database.count("select count(*) from track_coordination.tombstones") > 0);
    }
    assertThat(database.count("select count(*) from track_coordination.runs")).isPositive();
    assertThat(
            database.count(
                "select (select count(*) from track_coordination.runs) + (select count(*) from track_coordination.tombstones)"))
        .isEqualTo(400);
    assertThat(database.audit()).isEmpty();
  }

  @Test
  void whoIsToldNotToDoesNotCleanUp() throws Exception {
    Properties off = new Properties();
    off.setProperty("cleanup.enabled", "false");
    try (Coordinator coordinator = database.coordinator().with(off).start()) {
      assertThat(status(coordinator)).isEqualTo(ServiceStatus.Stopped);
    }
    try (Coordinator coordinator = database.coordinator().start()) {
      assertThat(status(coordinator)).isEqualTo(ServiceStatus.Started);
    }
  }

  /** PostgreSQL would take it for 90 seconds, and all runs but the last ones would go. */
  @Test
  void aRetentionWithoutUnitIsRefusedAtTheStart() throws Exception {
    try (Coordinator coordinator =
        database.coordinator().with(settings(Map.of("cleanup.completed", "90")))) {
      assertThatThrownBy(coordinator::start)
          .hasStackTraceContaining(
              "cleanup.completed=90 is not valid: allowed is a time such as 90d");
    }
  }

  @Test
  void routeSettingsFileAndFunctionHaveTheSameDefaults() throws IOException {
    Map<String, String> inRoute = new HashMap<>();
    Matcher placeholders =
        Pattern.compile("\\{\\{cleanup\\.([a-z-]+):([^{}]+)}}")
            .matcher(Files.readString(Path.of("routes/maintenance/clean-up.camel.yaml")));
    while (placeholders.find()) {
      inRoute.put("cleanup." + placeholders.group(1), placeholders.group(2));
    }
    Properties inFile = RoutesFolder.at(Path.of("routes")).settings("maintenance");
    inRoute.put("cleanup.enabled", "true");
    assertThat(inFile).containsAllEntriesOf(inRoute);
    String function =
        database
            .sql()
            .queryForObject(
                "select pg_get_function_arguments('track_coordination.clean_up'::regproc)",
                String.class);
    for (String state : new String[] {"completed", "failed", "cancelled", "tombstones"}) {
      assertThat(function)
          .contains(
              state
                  + " interval DEFAULT '"
                  + inRoute.get("cleanup." + state).replace("d", " days'"));
    }
    assertThat(function).contains("most integer DEFAULT " + inRoute.get("cleanup.batch"));
    for (String other : new String[] {"clean_up_all", "to_clean_up"}) {
      assertThat(
              database
                  .sql()
                  .queryForObject(
                      "select pg_get_function_arguments('track_coordination.%s'::regproc)"
                          .formatted(other),
                      String.class)
                  .replaceAll("\\bIN ", ""))
          .startsWith(function.substring(0, function.indexOf(", archive")));
    }
  }

  private static Properties settings(Map<String, String> more) {
    Properties settings = new Properties();
    settings.put("cleanup.enabled", "true");
    settings.put("cleanup.cron", "* * * * * ?");
    settings.putAll(more);
    return settings;
  }

  private static ServiceStatus status(Coordinator coordinator) {
    return coordinator.camel().getRouteController().getRouteStatus("clean-up");
  }

  private void awaitRuns(int count) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> database.count("select count(*) from track_coordination.runs") == count);
  }

  private void oldRuns(int count) {
    OldRuns.write(database, "workflow: old\ntracks:\n  a: {}\n", count);
  }
}
