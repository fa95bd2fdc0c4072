package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Map;
import org.trackcoordinator.operations.Json;

/** Prints data for programs: one JSON object a line. */
public final class JsonLines {

  private JsonLines() {}

  /** Prints one object; its keys come out in the map's order. */
  public static void print(Map<String, ?> object, PrintWriter out) {
    print((Object) object, out);
  }

  /** Prints one object; its keys come out in its own order. */
  static void print(JsonNode object, PrintWriter out) {
    print((Object) object, out);
  }

  private static void print(Object object, PrintWriter out) {
    out.println(Json.text(object));
    out.flush();
  }
}
