package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;

/** The sample track freee while freee is down, with its circuit as it is shipped. */
@Tag("e2e-track-workflow")
class FreeeCircuitIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  /** The stub, which may be down. */
  private static final class Freee extends FreeeStub {

    private final AtomicBoolean down = new AtomicBoolean(true);
    private final AtomicInteger refused = new AtomicInteger();

    Freee() throws IOException {}

    @Override
    void answer(HttpExchange exchange, int status, JsonNode body) throws IOException {
      if (down.get()) {
        refused.incrementAndGet();
        super.answer(exchange, 500, new ObjectMapper().createObjectNode());
      } else {
        super.answer(exchange, status, body);
      }
    }
  }

  private long count(String event) {
    return database.count(
        "select count(*) from processing_logs where track_id = 'freee' and event_type = ?", event);
  }

  private String gate() {
    return database
        .sql()
        .queryForObject(
            "select coalesce(max(state || ' ' || closings), 'none') from track_coordination.gate_states where circuit = 'freee-api'",
            String.class);
  }

  @Test
  void nothingIsCompletedWithoutADealWhileTheCircuitIsOpen() throws Exception {
    int invoices = Counts.of(60, 600);
    database.load("workflow: books\ntracks:\n  freee: {circuit: freee-api}\n");
    try (Freee freee = new Freee()) {
      Properties settings = new Properties();
      settings.putAll(freee.properties());
      settings.put("circuit.wave-interval", "50ms");
      settings.put("circuit.look-every", "50");
      try (Coordinator coordinator = database.coordinator().withTracks().with(settings).start()) {
        for (int i = 0; i < invoices; i++) {
          Map<String, Object> invoice = FreeeTrackTest.invoice("N-" + i);
          invoice.put("issueDate", "2026-10-%02d".formatted(1 + i % 28)); // freee lists 100 a day
          database.startRun("books", TrackRoutes.text(invoice));
        }
        await().atMost(PATIENCE).until(() -> gate().equals("closed 1"));
        database.awaitSettled();
        database.passTime(Duration.ofSeconds(31));
        await().atMost(PATIENCE).until(() -> gate().equals("closed 2"));
        assertThat(count("completed")).isZero();
        assertThat(freee.deals()).isEmpty();
        assertThat(freee.refused.get()).as("calls of the opening and the probes").isLessThan(20);

        freee.down.set(false);
        database.passTime(Duration.ofMinutes(2));
        database.awaitRunsEnded(invoices);
        assertThat(count("completed")).isEqualTo(invoices);
        assertThat(freee.deals()).hasSize(invoices);
        assertThat(count("failed")).isEqualTo(freee.refused.get());
        assertThat(database.audit()).isEmpty();
      }
    }
  }

  @Test
  void whatFreeeRefusesIsNotRetriedAndOpensNoCircuit() throws Exception {
    database.load("workflow: books\ntracks:\n  freee: {circuit: freee-api}\n");
    try (Freee freee = new Freee()) {
      freee.down.set(false);
      Properties settings = new Properties();
      settings.putAll(freee.properties());
      settings.put("freee.token", "expired");
      try (Coordinator coordinator = database.coordinator().withTracks().with(settings).start()) {
        for (int i = 0; i < 12; i++) {
          database.startRun("books", TrackRoutes.text(FreeeTrackTest.invoice("N-" + i)));
        }
        database.awaitRunsEnded(12);
        assertThat(count("failed")).isEqualTo(12);
        assertThat(count("retried")).isZero();
        assertThat(gate()).isEqualTo("none");
        assertThat(database.audit()).isEmpty();
      }
    }
  }
}
