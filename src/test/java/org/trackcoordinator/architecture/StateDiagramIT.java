package org.trackcoordinator.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** The diagram in the docs is what the transitions table says. */
@Tag("processing-logs")
class StateDiagramIT {

  private static final Path PAGE = Path.of("docs/architecture/track-coordination.md");
  private static final String STATES =
      "array['waiting','held','triggered','started','completed','failed','timed_out','skipped','cancelled']";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  @Test
  void theStateDiagramIsMadeFromTheTransitionsTable() throws IOException {
    List<String> arrows =
        database
            .sql()
            .queryForList(
                """
                select format('    %%s --> %%s : %%s', state, next_state,
                              string_agg(event || ' (' || condition || ')', '<br/>' order by event, condition))
                  from track_coordination.transitions
                 where state <> next_state
                 group by state, next_state
                 order by array_position(%1$s, state), array_position(%1$s, next_state)
                """
                    .formatted(STATES),
                String.class);
    assertThat(arrows).isNotEmpty();
    assertThat(Files.readString(PAGE))
        .contains("stateDiagram-v2\n    [*] --> waiting\n" + String.join("\n", arrows) + "\n");
  }

  @Test
  void finalStatesAreLeftByAnOperatorsRetryAlone() {
    assertThat(
            database.count(
                """
                select count(*) from track_coordination.transitions
                 where state in ('completed', 'failed', 'timed_out', 'skipped', 'cancelled') and next_state <> state
                   and not (event = 'retried' and (condition = 'by an operator' or condition like 'reopened%'))
                """))
        .isZero();
  }

  @Test
  void everyEventHasATransitionFromEveryState() {
    assertThat(
            database
                .sql()
                .queryForList(
                    """
                    select state || ' ' || event
                      from unnest(%s) state,
                           unnest(array['triggered','started','data_ready','completed','failed','timed_out','retried','skipped','cancelled']) event
                     where not exists (select from track_coordination.transitions t where t.state = state.state and t.event = event.event)
                    """
                        .formatted(STATES),
                    String.class))
        .isEmpty();
  }
}
