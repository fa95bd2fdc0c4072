package org.trackcoordinator.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

@Tag("track-coordination")
class NeedsTest {

  @Test
  void runsWhereEverythingIsThere() {
    assertThat(evaluate("all").isDisabled()).isFalse();
    assertThat(evaluate("", Tool.NODE).isDisabled()).isFalse();
  }

  @Test
  void skipsWhereSomethingIsMissingAndSaysHowToGetIt() {
    ConditionEvaluationResult result = evaluate("node", Tool.NODE, Tool.PGBOUNCER, Tool.PG_CRON);

    assertThat(result.isDisabled()).isTrue();
    assertThat(result.getReason())
        .contains(
            "pgbouncer, pg-cron not found; on Debian: apt-get install pgbouncer postgresql-15-cron");
  }

  @Test
  void saysWhichCommandBringsWhatDebianLacks() {
    assertThat(evaluate("", Tool.CHROMIUM, Tool.PLAYWRIGHT).getReason())
        .contains(
            "chromium, playwright not found;"
                + " on Debian: apt-get install chromium; npm ci --prefix src/test/browser");
  }

  @Test
  void failsWhereWhatIsMissingIsRequired() {
    assertThatThrownBy(() -> evaluate("psql, pgbouncer", Tool.PGBOUNCER))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("pgbouncer not found");
    assertThatThrownBy(() -> evaluate("all", Tool.PGBOUNCER))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("-Dtracks.require=all");
  }

  @Test
  void refusesToRequireWhatNobodyKnows() {
    assertThatThrownBy(() -> evaluate("pg_bouncer", Tool.PGBOUNCER))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pg_bouncer is unknown; known are all, postgresql-15, pg-cron,");
  }

  /** On a machine that has only Node. */
  private static ConditionEvaluationResult evaluate(String required, Tool... needed) {
    return NeedsCondition.evaluate(List.of(needed), tool -> tool == Tool.NODE, required);
  }
}
