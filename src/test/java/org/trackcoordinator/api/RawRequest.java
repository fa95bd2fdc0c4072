package org.trackcoordinator.api;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The text of a request for {@link RawHttp}.
 *
 * @param method as it is to be written
 * @param target likewise
 * @param headers whole lines
 * @param body null for none
 */
public record RawRequest(String method, String target, List<String> headers, byte[] body) {

  public static RawRequest of(String method, String target) {
    boolean writes = !method.equals("GET") && !method.equals("HEAD");
    List<String> headers = new ArrayList<>(List.of("Host: localhost"));
    if (writes) {
      headers.add("Content-Type: application/json");
    }
    return new RawRequest(method, target, headers, writes ? "{}".getBytes() : null);
  }

  public static RawRequest get(String target) {
    return of("GET", target);
  }

  public static RawRequest post(String target, String body) {
    return of("POST", target).withBody(body);
  }

  public RawRequest withBody(String text) {
    return withBody(text.getBytes(StandardCharsets.UTF_8));
  }

  public RawRequest withBody(byte[] bytes) {
    return new RawRequest(method, target, headers, bytes);
  }

  /** With another header, or another value of it: {@code Host: example.com}. */
  public RawRequest with(String line) {
    RawRequest other = without(line.substring(0, line.indexOf(':')));
    other.headers.add(line);
    return other;
  }

  public RawRequest without(String header) {
    List<String> others = new ArrayList<>(headers);
    others.removeIf(line -> line.regionMatches(true, 0, header + ":", 0, header.length() + 1));
    return new RawRequest(method, target, others, body);
  }

  public RawRequest by(String token) {
    return with("Authorization: Bearer " + token);
  }

  /** The answer; null if the server closed the connection without one. */
  public RawHttp.Reply ask(int port) {
    try (RawHttp connection = new RawHttp(port)) {
      return connection.send(bytes()).read();
    }
  }

  public byte[] bytes() {
    StringBuilder head =
        new StringBuilder(method).append(' ').append(target).append(" HTTP/1.1\r\n");
    headers.forEach(line -> head.append(line).append("\r\n"));
    if (body != null) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    if (body == null) {
      return start;
    }
    byte[] all = java.util.Arrays.copyOf(start, start.length + body.length);
    System.arraycopy(body, 0, all, start.length, body.length);
    return all;
  }
}
