package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testkit.TrackTestKit;

/** The sample track freee while freee is in trouble, with its circuit as it is shipped. */
@Tag("e2e-track-workflow")
class FreeeCircuitIT {

  private final Freee freee = new Freee();

  @RegisterExtension
  final TrackTestKit tracks =
      TrackTestKit.routes("routes")
          .withTracks()
          .property("circuit.wave-interval", "50ms")
          .property("circuit.look-every", "50");

  FreeeCircuitIT() throws IOException {
    freee.properties().forEach(tracks::property);
  }

  /** The stub, which may be in trouble. */
  private static final class Freee extends FreeeStub {

    private volatile int trouble; // the status that it answers with; 0: none
    private final AtomicInteger refused = new AtomicInteger();

    Freee() throws IOException {}

    @Override
    void answer(HttpExchange exchange, int status, JsonNode body) throws IOException {
      if (trouble == 0) {
        super.answer(exchange, status, body);
      } else {
        refused.incrementAndGet();
        super.answer(exchange, trouble, new ObjectMapper().createObjectNode());
      }
    }
  }

  @BeforeEach
  void load() {
    tracks.load("workflow: books\ntracks:\n  freee: {circuit: freee-api}\n");
  }

  @AfterEach
  void close() {
    freee.close();
  }

  @Test
  void nothingIsCompletedWithoutADealWhileTheCircuitIsOpen() {
    int invoices = Counts.of(60, 600);
    freee.trouble = 500;
    start(invoices);
    tracks.awaitRest();
    assertThat(gate()).isEqualTo("closed 1");
    tracks.advanceTime("31s");
    assertThat(gate()).isEqualTo("closed 2");
    assertThat(count("completed")).isZero();
    assertThat(freee.deals()).isEmpty();
    assertThat(freee.refused.get()).as("calls of the opening and the probes").isLessThan(20);

    freee.trouble = 0;
    tracks.advanceTime("2m");
    assertThat(count("completed")).isEqualTo(invoices);
    assertThat(freee.deals()).hasSize(invoices);
    assertThat(count("failed")).isEqualTo(freee.refused.get());
  }

  @Test
  void whatFreeeRefusesIsNotRetriedAndOpensNoCircuit() {
    freee.trouble = 401;
    start(12);
    tracks.awaitRest();
    assertThat(count("failed")).isEqualTo(12);
    assertThat(count("retried")).isZero();
    assertThat(gate()).isEqualTo("none");
  }

  private void start(int invoices) {
    for (int i = 0; i < invoices; i++) {
      Map<String, Object> invoice = FreeeTrackTest.invoice("N-" + i);
      invoice.put("issueDate", "2026-10-%02d".formatted(1 + i % 28)); // freee lists 100 a day
      tracks.start("books", TrackRoutes.text(invoice));
    }
  }

  private long count(String event) {
    return tracks
        .sql()
        .queryForObject(
            "select count(*) from processing_logs where track_id = 'freee' and event_type = ?",
            Long.class,
            event);
  }

  private String gate() {
    return tracks
        .sql()
        .queryForObject(
            "select coalesce(max(state || ' ' || closings), 'none') from track_coordination.gate_states where circuit = 'freee-api'",
            String.class);
  }
}
