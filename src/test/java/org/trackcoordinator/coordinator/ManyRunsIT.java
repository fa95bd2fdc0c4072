package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.trackcoordinator.testing.AtOnce;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;

/** Many runs at once, started by many writers: none gets the data of another. */
@Tag("e2e-track-workflow")
class ManyRunsIT {

  private static final List<String> TRACKS = List.of("gmail", "drive", "file-management", "freee");

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  /** Each track hands on which run it believes to be in, and what it got. */
  private static RouteBuilder workers() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        for (String track : TRACKS) {
          from("kamelet:track-source/test-%s?handler=%s".formatted(track, track))
              .routeId(track)
              .setBody(
                  simple(
                      "{\"run\": \"${header.trackCorrelationId}\", \"by\": \"${header.trackId}\","
                          + " \"user\": \"${header.trackUserId}\", \"got\": ${body}}"));
        }
      }
    };
  }

  @Test
  void runsFromEightWritersAllCompleteWithTheirOwnData() throws Exception {
    database.load(
        """
        workflow: invoice-intake
        tracks:
          gmail: {}
          drive: {dependsOn: [gmail]}
          file-management: {dependsOn: [drive]}
          freee: {dependsOn: [file-management]}
        """);
    int runs = Counts.of(100, 4_000);
    try (Coordinator coordinator = database.coordinator().with(workers()).start()) {
      AtOnce.run(
          8,
          writer ->
              () -> {
                SingleConnectionDataSource own =
                    new SingleConnectionDataSource(database.plain().getConnection(), true);
                try {
                  JdbcTemplate sql = new JdbcTemplate(own);
                  IntStream.range(0, runs)
                      .filter(n -> n % 8 == writer)
                      .forEach(n -> start(sql, UUID.randomUUID()));
                } finally {
                  own.destroy();
                }
                return null;
              });
      database.awaitRunsEnded(runs);
      database.awaitSettled();
    }
    assertThat(
            database.count(
                "select count(*) from track_coordination.runs where state = 'completed'"))
        .isEqualTo(runs);
    assertThat(
            database.count(
                """
                select count(*) from processing_logs
                 where event_type = 'completed' and payload ->> 'run' = cast(correlation_id as text) and payload ->> 'by' = track_id
                   and payload ->> 'user' = 'user of ' || correlation_id
                """))
        .as("each completed in its own run")
        .isEqualTo(4L * runs);
    assertThat(
            database.count(
                """
                with recursive expected (correlation_id, level, input) as (
                  select correlation_id, 0, jsonb_build_object('start', correlation_id) from track_coordination.runs
                  union all
                  select e.correlation_id, e.level + 1, jsonb_build_object('run', e.correlation_id, 'by', t.track_id,
                         'user', 'user of ' || e.correlation_id, 'got', e.input)
                    from expected e
                    join track_coordination.runs r using (correlation_id)
                    join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.level = e.level
                   where e.level < 3)
                select count(*) from expected e
                  join track_coordination.runs r using (correlation_id)
                  join track_coordination.definition_tracks t on t.definition_id = r.definition_id and t.level = e.level
                 where track_coordination.activation_input(e.correlation_id, t.track_id) = e.input
                """))
        .as("inputs that hold what was handed on, and nothing else")
        .isEqualTo(4L * runs);
    assertThat(
            database.count(
                "select count(*) from processing_logs where user_id = 'user of ' || correlation_id"))
        .as("rows of the right user")
        .isEqualTo(12L * runs);
    assertThat(database.count("select count(*) from processing_logs")).isEqualTo(12L * runs);
    assertThat(database.audit()).isEmpty();
  }

  private static void start(JdbcTemplate sql, UUID run) {
    sql.queryForObject(
        "select track_coordination.start_run('invoice-intake', jsonb_build_object('start', cast(? as uuid)), ?, ?)",
        UUID.class,
        run,
        run,
        "user of " + run);
  }
}
