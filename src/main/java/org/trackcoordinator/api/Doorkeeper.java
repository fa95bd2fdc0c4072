package org.trackcoordinator.api;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.trackcoordinator.config.ApiToken.Role;

/**
 * Looks at each request before anything else does, whatever its path: who sent it, whether a
 * browser was made to send it, and whether its path is written in the only way that routes know.
 */
final class Doorkeeper {

  /** Names of ours have no other characters: so nothing need be encoded, doubled or in dots. */
  private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+");

  private static final Set<String> LOCAL_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
  private static final Set<HttpMethod> READS = Set.of(HttpMethod.GET, HttpMethod.HEAD);

  private final Tokens tokens;
  private final String bind;
  private final boolean loopback;

  /**
   * @param bind the address that the server is bound to
   */
  Doorkeeper(Tokens tokens, String bind) {
    this.tokens = tokens;
    this.bind = bind.toLowerCase(Locale.ROOT);
    this.loopback = isLoopback(bind);
  }

  /**
   * Lets a request in.
   *
   * @throws RefusedRequest if it does not
   */
  Caller letIn(HttpServerRequest request) {
    String host = request.getHeader("Host");
    if (loopback && !isLocal(host)) {
      throw new RefusedRequest(
          403,
          "The host that was asked for is not this one",
          "Ask for localhost or 127.0.0.1; on other names it answers when TRACKS_BIND is no loopback address.");
    }
    String origin = request.getHeader("Origin");
    if (origin != null && !isSame(origin, host)) {
      throw new RefusedRequest(
          403,
          "Pages of other origins may not send requests",
          "Send it from a program, not a browser.");
    }
    Role role =
        tokens
            .roleOf(request.getHeader("Authorization"))
            .orElseThrow(
                () ->
                    new RefusedRequest(
                        401,
                        "A token is missing or wrong",
                        "Send 'Authorization: Bearer <token>' with one of TRACKS_API_TOKENS."));
    if (!PATH.matcher(request.path()).matches()) {
      throw new RefusedRequest(
          404,
          "There is nothing at this path",
          "Paths hold letters, digits, dots, underscores and hyphens between single slashes.");
    }
    if (!READS.contains(request.method()) && !isJson(request.getHeader("Content-Type"))) {
      throw new RefusedRequest(
          415,
          "The body is to be JSON",
          "Send 'Content-Type: application/json', also without a body.");
    }
    return new Caller(role, request.remoteAddress().hostAddress());
  }

  private boolean isLocal(String host) {
    if (host == null) {
      return false;
    }
    String name = host.toLowerCase(Locale.ROOT).replaceFirst(":\\d{1,5}$", "");
    return LOCAL_NAMES.contains(name) || name.equals(bind) || name.equals("[" + bind + "]");
  }

  private static boolean isSame(String origin, String host) {
    return host != null
        && origin
            .toLowerCase(Locale.ROOT)
            .matches("https?://" + Pattern.quote(host.toLowerCase(Locale.ROOT)));
  }

  private static boolean isJson(String contentType) {
    return contentType != null
        && contentType
            .toLowerCase(Locale.ROOT)
            .replace(" ", "")
            .matches("application/json(;charset=\"?utf-8\"?)?");
  }

  private static boolean isLoopback(String address) {
    try {
      return InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
