package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** What {@code policy: transaction} promises to the steps inside it. */
@Tag("track-coordination")
class TransactionPolicyIT {

  private static final String INSERT =
      "sql:insert into public.processing_logs (track_id, event_type) values ('a', 'note')";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private final List<String> signals = new CopyOnWriteArrayList<>();
  private Coordinator coordinator;

  @BeforeEach
  void start() throws Exception {
    coordinator = database.coordinator().with(routes()).start();
    WakeUpEndpoint endpoint = coordinator.camel().getEndpoint("wake-up:test", WakeUpEndpoint.class);
    endpoint.getWakeUps().subscribe("test", subject -> signals.add("rows " + rows()));
  }

  @AfterEach
  void stop() {
    coordinator.close();
  }

  private RouteBuilder routes() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        errorHandler(noErrorHandler());
        from("direct:good").policy("transaction").to(INSERT).to("wake-up:test").to(INSERT).end();
        from("direct:bad")
            .policy("transaction")
            .to(INSERT)
            .to("wake-up:test")
            .throwException(new IllegalStateException("no"))
            .end();
        from("direct:bad-below")
            .policy("transaction")
            .to(INSERT)
            .split(body())
            .stopOnException()
            .to("direct:fail")
            .end()
            .end();
        from("direct:fail").to(INSERT).to("sql:select 1/0");
        from("direct:bad-commit").policy("transaction").to(INSERT).to("wake-up:test").end();
        from("direct:cut")
            .policy("transaction")
            .to(INSERT)
            .to("sql:select pg_terminate_backend(pg_backend_pid())")
            .end();
        from("direct:outside").to("wake-up:test");
      }
    };
  }

  @Test
  void allStepsAreCommittedTogetherAndThenTheSleepersAreWoken() {
    assertThat(send("direct:good").getException()).isNull();
    assertThat(rows()).isEqualTo(2);
    assertThat(signals).as("what a sleeper saw").containsExactly("rows 2");
  }

  @Test
  void aFailingStepLeavesNoRowAndWakesNobody() {
    assertThat(send("direct:bad").getException()).hasMessage("no");
    assertThat(rows()).isZero();
    assertThat(signals).isEmpty();
    assertThat(send("direct:good").getException()).as("on the same connection").isNull();
    assertThat(rows()).isEqualTo(2);
    assertThat(signals).containsExactly("rows 2");
  }

  @Test
  void aStepThatFailsInARouteBelowLeavesNoRow() {
    assertThat(send("direct:bad-below").getException()).hasStackTraceContaining("division by zero");
    assertThat(rows()).isZero();
  }

  @Test
  void anErrorOfTheCommitIsTheExchanges() {
    database
        .sql()
        .execute(
            """
            create function public.test_refuse() returns trigger language plpgsql as $$
            begin raise exception 'not at the end' using errcode = 'check_violation'; end $$;
            create constraint trigger test_refuse after insert on public.processing_logs deferrable initially deferred
              for each row execute function public.test_refuse()
            """);
    try {
      assertThat(send("direct:bad-commit").getException())
          .hasStackTraceContaining("not at the end");
    } finally {
      database.sql().execute("drop function public.test_refuse() cascade");
    }
    assertThat(rows()).isZero();
    assertThat(signals).isEmpty();
  }

  @Test
  void aConnectionThatIsLostIsATransientFailureThatSaysWhatHappened() {
    Exception failure = send("direct:cut").getException();
    assertThat(failure).hasRootCauseInstanceOf(SQLException.class);
    assertThat(failure)
        .hasStackTraceContaining("terminating connection due to administrator command");
    assertThat(TransientFailure.isTransient(failure)).isTrue();
    assertThat(rows()).isZero();
    assertThat(send("direct:good").getException()).isNull();
  }

  @Test
  void withoutATransactionSleepersAreWokenAtOnce() {
    send("direct:outside");
    assertThat(signals).containsExactly("rows 0");
  }

  private Exchange send(String uri) {
    return coordinator.camel().createProducerTemplate().send(uri, e -> e.getMessage().setBody("x"));
  }

  private long rows() {
    return database.count("select count(*) from processing_logs");
  }
}
