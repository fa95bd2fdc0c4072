package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;

/** Prints data for programs: one JSON object a line. */
public final class JsonLines {

  private static final JsonMapper MAPPER = new JsonMapper();

  private JsonLines() {}

  /** Prints one object; its keys come out in the map's order. */
  public static void print(Map<String, ?> object, PrintWriter out) {
    try {
      out.println(MAPPER.writeValueAsString(object));
    } catch (IOException e) {
      throw new IllegalArgumentException("no JSON: " + object, e);
    }
    out.flush();
  }
}
