package org.trackcoordinator.coordinator;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;

/**
 * Joins the groups that a split over handlers leaves into one: PostgreSQL arrays in their text form
 * are concatenated, so that one statement triggers them all, and what workers offered to take is
 * joined as {@code hand_overs}. A group that was dropped or emptied on its way does not count;
 * without any the body has 0 activations.
 */
public final class JoinGroups implements AggregationStrategy {

  private static final List<String> ARRAYS =
      List.of("correlation_ids", "track_nos", "trigger_event_ids", "source_event_ids");

  @Override
  public Exchange aggregate(Exchange joined, Exchange next) {
    Map<String, Object> sum = joined == null ? empty() : body(joined);
    Exchange result = joined == null ? next : joined;
    Map<String, Object> group = body(next);
    long activations = number(group.get("activations"));
    if (activations > 0) {
      long before = number(sum.get("activations"));
      for (String array : ARRAYS) {
        String elements = (String) group.get(array);
        sum.put(array, before == 0 ? elements : concatenate((String) sum.get(array), elements));
      }
      sum.put("activations", before + activations);
      if (group.get("hand_over") instanceof HandOver handOver) {
        ((HandOvers) sum.get("hand_overs")).add(handOver);
      }
    }
    result.getMessage().setBody(sum);
    return result;
  }

  private static Map<String, Object> empty() {
    Map<String, Object> sum = new HashMap<>();
    sum.put("activations", 0L);
    sum.put("hand_overs", new HandOvers());
    return sum;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> body(Exchange exchange) {
    return exchange.getMessage().getBody() instanceof Map<?, ?> map
        ? (Map<String, Object>) map
        : empty();
  }

  private static long number(Object value) {
    return value instanceof Number n ? n.longValue() : 0;
  }

  private static String concatenate(String left, String right) {
    return left.substring(0, left.length() - 1) + "," + right.substring(1);
  }
}
