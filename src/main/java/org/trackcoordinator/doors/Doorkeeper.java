package org.trackcoordinator.doors;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.trackcoordinator.config.ApiToken.Role;

/**
 * Looks at each request before anything else does, whatever its path: who sent it, whether a
 * browser was made to send it, and whether it is written in the only way that routes know.
 */
final class Doorkeeper {

  /** Other names, and ports that are no numbers, make Vert.x throw. */
  private static final Pattern HOST =
      Pattern.compile("(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::[0-9]{1,5})?");

  private static final String BASIC = "Basic realm=\"track coordinator\", charset=\"UTF-8\"";
  private static final Pattern UTF_8 = Pattern.compile(" *; *charset *= *\"?utf-8\"? *$");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  private static final Set<String> LOCAL_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
  private static final Set<HttpMethod> READS = Set.of(HttpMethod.GET, HttpMethod.HEAD);
  private static final Set<String> FROM_ELSEWHERE = Set.of("cross-site", "same-site");

  private final House house;
  private final Tokens tokens;
  private final String bind;
  private final boolean loopback;

  /**
   * @param bind the address that the server is bound to, as it was given
   * @param loopback whether only this machine reaches it
   */
  Doorkeeper(House house, Tokens tokens, String bind, boolean loopback) {
    this.house = house;
    this.tokens = tokens;
    this.bind = bind.toLowerCase(Locale.ROOT);
    this.loopback = loopback;
  }

  /**
   * Looks at what HTTP knows in several forms, before it is told what is asked for.
   *
   * @throws RefusedRequest if the target is no path, the host is not named once, or the length is
   *     no number
   */
  static void checkForm(HttpServerRequest request) {
    if (!request.uri().startsWith("/")) {
      throw new RefusedRequest(
          400, "The target of the request is no path", "Ask for a path, such as /api/health.");
    }
    List<String> hosts = request.headers().getAll("Host");
    if (hosts.size() != 1 || !isHost(hosts.get(0))) {
      throw new RefusedRequest(
          400,
          "The host is missing, malformed, or named twice",
          "Send one header Host: <name>:<port>.");
    }
  }

  private static boolean isHost(String text) {
    return HOST.matcher(text).matches() && HostAndPort.parseAuthority(text, -1) != null;
  }

  /**
   * Lets a request of the right form in.
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
    if ((origin != null && !isSame(origin, host))
        || (isFromElsewhere(request) && !isLinkToPage(request))) {
      throw new RefusedRequest(
          403,
          "Pages of other origins may not send requests",
          "Send it from a program, not a browser.");
    }
    Optional<Role> role = tokens.roleOf(request.getHeader("Authorization"));
    if (role.isEmpty() && !house.isOpen(request.path())) {
      request.response().putHeader("WWW-Authenticate", house.takesPasswords() ? BASIC : "Bearer");
      throw new RefusedRequest(
          401,
          "A token is missing or wrong",
          "Send 'Authorization: Bearer <token>' with one of TRACKS_API_TOKENS%s."
              .formatted(house.takesPasswords() ? ", or it as the password of any user" : ""));
    }
    if (house.isOdd(request.path())) {
      throw new RefusedRequest(
          404,
          "There is nothing at this path",
          "Paths hold letters, digits, dots, underscores and hyphens between single slashes.");
    }
    if (READS.contains(request.method())) {
      checkHasNoBody(request);
    } else {
      checkIsJson(request);
    }
    return new Caller(role.orElse(null), request.remoteAddress().hostAddress());
  }

  private static boolean isFromElsewhere(HttpServerRequest request) {
    return FROM_ELSEWHERE.contains(String.valueOf(request.getHeader("Sec-Fetch-Site")));
  }

  /** Somebody clicked on a link, and sees a page that does nothing by itself. */
  private boolean isLinkToPage(HttpServerRequest request) {
    return request.method() == HttpMethod.GET
        && "navigate".equals(request.getHeader("Sec-Fetch-Mode"))
        && "document".equals(request.getHeader("Sec-Fetch-Dest"))
        && house.isPage(request.path());
  }

  private static void checkHasNoBody(HttpServerRequest request) {
    if (request.getHeader("Transfer-Encoding") != null
        || !"0".equals(Objects.requireNonNullElse(request.getHeader("Content-Length"), "0"))) {
      throw new RefusedRequest(400, "A request that reads has no body", null);
    }
  }

  private void checkIsJson(HttpServerRequest request) {
    if (!isJson(request.getHeader("Content-Type"))) {
      throw new RefusedRequest(
          415,
          "The body is to be JSON",
          "Send 'Content-Type: application/json', also without a body.");
    }
    if (request.getHeader("Content-Encoding") != null) {
      throw new RefusedRequest(
          415, "The body is to be JSON as it is", "Send it without Content-Encoding.");
    }
  }

  private boolean isLocal(String host) {
    String name = host.toLowerCase(Locale.ROOT).replaceFirst(":\\d{1,5}$", "");
    return LOCAL_NAMES.contains(name) || name.equals(bind) || name.equals("[" + bind + "]");
  }

  private static boolean isSame(String origin, String host) {
    return origin
        .toLowerCase(Locale.ROOT)
        .matches("https?://" + Pattern.quote(host.toLowerCase(Locale.ROOT)));
  }

  private boolean isJson(String contentType) {
    return contentType != null
        && house
            .bodyTypes()
            .contains(UTF_8.matcher(contentType.toLowerCase(Locale.ROOT)).replaceFirst(""));
  }
}
