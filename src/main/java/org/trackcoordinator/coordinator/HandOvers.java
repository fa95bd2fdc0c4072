package org.trackcoordinator.coordinator;

import java.util.LinkedHashMap;
import java.util.Map;

/** The rooms that workers of this instance keep free in one transaction, as arrays for SQL. */
public final class HandOvers {

  private final Map<String, HandOver> byHandler = new LinkedHashMap<>();

  /** One per handler; of a second the room stays empty. */
  void add(HandOver handOver) {
    byHandler.putIfAbsent(handOver.handler(), handOver);
  }

  HandOver to(String handler) {
    return byHandler.get(handler);
  }

  public String[] getHandlers() {
    return byHandler.values().stream().map(HandOver::handler).toArray(String[]::new);
  }

  public int[] getRooms() {
    return byHandler.values().stream().mapToInt(HandOver::room).toArray();
  }

  public String[] getLeases() {
    return byHandler.values().stream().map(HandOver::lease).toArray(String[]::new);
  }

  public String[] getClaims() {
    return byHandler.values().stream().map(HandOver::claim).toArray(String[]::new);
  }
}
