package org.trackcoordinator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.support.service.ServiceSupport;

/**
 * What the workers of an instance ask of the database, each a route of the coordinator. All throw
 * what the database answered; what they asked for may have been committed all the same.
 */
final class WorkRoutes extends ServiceSupport {

  private final CamelContext context;
  private ProducerTemplate template;

  WorkRoutes(CamelContext context) {
    this.context = context;
  }

  @Override
  protected void doStart() {
    template = context.createProducerTemplate();
  }

  @Override
  protected void doStop() {
    template.stop();
  }

  /** Those of these handlers that have work which is due and that nobody has claimed. */
  List<String> findDue(Set<String> handlers) throws Exception {
    String[] asked = handlers.toArray(String[]::new);
    return rows("direct:find-due-work", Map.of("handlers", asked)).stream()
        .map(row -> (String) row.get("handler"))
        .toList();
  }

  /**
   * Claims up to {@code most} activations.
   *
   * @param claim its name, a new one each time
   */
  Claimed claim(String handler, String claim, int most, Duration lease) throws Exception {
    Map<String, Object> body =
        Map.of("handler", handler, "worker", claim, "max", most, "lease", lease.toString());
    return Claimed.of(rows("direct:claim-work", body), handler, System.nanoTime());
  }

  /** Gives back whatever a claim got that was never answered. Returns how much that was. */
  long giveBackClaim(String handler, String claim) throws Exception {
    Map<String, Object> body = Map.of("handler", handler, "worker", claim);
    return send("direct:give-back-claim", body).getMessage().getBody(Long.class);
  }

  /** Gives attempts back; they cost nothing. */
  void giveBack(List<Attempt> attempts) throws Exception {
    send(
        "direct:give-back",
        Map.of(
            "correlation_ids",
            attempts.stream().map(Attempt::correlationId).toArray(String[]::new),
            "track_ids",
            attempts.stream().map(Attempt::trackId).toArray(String[]::new),
            "attempts",
            attempts.stream().mapToInt(Attempt::number).toArray()));
  }

  /** Tells all instances that a circuit is open. */
  void openCircuit(String circuit, String reason, String who) throws Exception {
    send("direct:open-circuit", Map.of("circuit", circuit, "reason", reason, "who", who));
  }

  private List<Map<?, ?>> rows(String uri, Object body) throws Exception {
    List<Map<?, ?>> rows = new ArrayList<>();
    for (Object row : send(uri, body).getMessage().getBody(List.class)) {
      rows.add((Map<?, ?>) row);
    }
    return rows;
  }

  private Exchange send(String uri, Object body) throws Exception {
    Exchange answer = template.send(uri, exchange -> exchange.getMessage().setBody(body));
    if (answer.getException() != null) {
      throw answer.getException();
    }
    return answer;
  }
}
