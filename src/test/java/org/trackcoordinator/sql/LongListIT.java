package org.trackcoordinator.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** The list of runs where there are many: a page reads what it shows, and little beside it. */
@Tag("track-coordination")
@Tag(CoordinatedDatabase.BREAKS_INVARIANTS) // runs that nobody ever ran
class LongListIT {

  private static final int RUNS = 50_000;
  private static final int PAGE = 50;

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  /** One a second, of which each 5,000th failed. */
  @BeforeEach
  void ran() {
    database.load("{workflow: chain, tracks: {gmail: {}}}");
    database
        .sql()
        .update(
            """
            insert into track_coordination.runs (correlation_id, definition_id, user_id, remaining_leaves, payload, state, created_at, finished_at)
            select cast(lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000' as uuid), w.definition_id, 'maria', 0, '{}',
                   case when n % 5000 = 0 then 'failed' else 'completed' end, t.began_at, t.began_at
              from generate_series(1, ?) n
             cross join lateral (select track_coordination.clock() - make_interval(secs => ? - n) as began_at) t
             cross join track_coordination.workflows w where w.workflow = 'chain'
            """,
            RUNS, RUNS);
    database.sql().execute("vacuum (analyze) track_coordination.runs");
  }

  @ParameterizedTest
  @CsvSource({
    "'', 50",
    "'\"userId\": \"maria\"', 50",
    "'\"state\": \"completed\"', 50",
    "'\"state\": \"failed\"', 10",
    "'\"state\": \"cancelled\"', 0",
    "'\"state\": \"running\"', 0",
    "'\"after\": \"00000100-0000-0000-0000-000000000000\"', 50",
  })
  void aPageReadsAFewRuns(String filters, int shown) {
    assertThat(list(filters)).isEqualTo(shown);
    assertThat(read(filters)).isLessThan(20L * PAGE);
  }

  /** Also if they don't fill a page, so that nothing says how far one has to look for more. */
  @Test
  void whatBeganLatelyIsFoundWithoutReadingWhatBeganBefore() {
    String since =
        "\"since\": \"%s\""
            .formatted(
                database
                    .texts(
                        """
                        select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                          from track_coordination.runs order by created_at desc offset 19 limit 1""")
                    .get(0));
    assertThat(list(since)).isEqualTo(20);
    assertThat(read(since)).isLessThan(RUNS / 4);
  }

  private static long list(String filters) {
    return database.count(
        "select jsonb_array_length(track_coordination.list_runs_json('%s') -> 'runs')"
            .formatted(argument(filters)));
  }

  /** How many rows of runs it reads; counts of what this session did before may still be there. */
  private static long read(String filters) {
    return database.count(
        """
        with before as materialized (
          select seq_tup_read + idx_tup_fetch as rows from pg_stat_xact_user_tables where relid = cast('track_coordination.runs' as regclass)),
        told as materialized (
          select b.rows, track_coordination.list_runs_json('%s') as page from before b)
        select (select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relid = cast('track_coordination.runs' as regclass)) - t.rows
          from told t where t.page is not null"""
            .formatted(argument(filters)));
  }

  private static String argument(String filters) {
    return "{\"limit\": %d%s}".formatted(PAGE, filters.isEmpty() ? "" : ", " + filters);
  }
}
