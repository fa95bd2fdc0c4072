package org.trackcoordinator.operations;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Set;
import javax.net.ssl.SSLException;

/** Says what went wrong between here and a server, and what to do about it. */
final class ServerFailure {

  /** Of the server itself, or of something in front of it. */
  private static final Set<Integer> MAY_PASS = Set.of(429, 502, 503, 504);

  private ServerFailure() {}

  /** What an answer other than success means. */
  static RefusedOperation of(ServerAddress address, HttpResponse<String> response) {
    int status = response.statusCode();
    JsonNode problem = read(response.body());
    boolean mayPass = MAY_PASS.contains(status);
    String code = problem.path("code").textValue();
    if (status / 100 == 3) {
      return refusal(
          "%s redirects to %s, and redirects are not followed; if that is right, give it as --server"
              .formatted(address, response.headers().firstValue("Location").orElse("nowhere")));
    } else if (problem.path("detail").isTextual()) {
      String hint = status == 401 ? token() : problem.path("hint").asText("");
      String detail = problem.path("detail").asText();
      String said = "At %s: %s%s".formatted(address, detail, hint.isEmpty() ? "" : ". " + hint);
      return new RefusedOperation(said, code, mayPass, null);
    }
    String said =
        "%s answers %d, and not as a coordinator does; is the address right, and what stands before the server?"
            .formatted(address, status);
    return new RefusedOperation(
        status == 401 || status == 403 ? said + " " + token() : said, null, mayPass, null);
  }

  /** Why no answer came. */
  static RefusedOperation of(ServerAddress address, HttpRequest request, IOException failure) {
    if (failure instanceof HttpConnectTimeoutException) {
      return away(
          "%s can't be reached: no connection in time. Is the address right, %s?"
              .formatted(
                  address,
                  address.base().getScheme().equals("https")
                      ? "is it https there, and does a firewall let it through"
                      : "and does a firewall let it through"),
          failure);
    } else if (failure instanceof HttpTimeoutException) {
      return away("%s did not answer in time%s".formatted(address, unknown(request)), failure);
    } else if (failure instanceof ConnectException) {
      boolean noSuchHost =
          failure.getCause() instanceof UnresolvedAddressException
              || failure.getCause() instanceof ConnectException inner
                  && inner.getCause() instanceof UnresolvedAddressException;
      return away(
          (noSuchHost
                  ? "%s can't be reached: there is no host of this name"
                  : "Nobody listens at %s. Is the coordinator running ('run'), and on this address and port (TRACKS_BIND, TRACKS_HTTP_PORT)?")
              .formatted(address),
          failure);
    } else if (failure instanceof SSLException) {
      return new RefusedOperation(
          "%s can't be spoken to by TLS: %s. Is it https there, with a certificate that this Java trusts (-Djavax.net.ssl.trustStore=…)?"
              .formatted(address, failure.getMessage()),
          null,
          false,
          failure);
    }
    return away(
        "The connection to %s was lost: %s%s"
            .formatted(address, failure.getMessage(), unknown(request)),
        failure);
  }

  /** A body as JSON; missing if it is none. */
  static JsonNode read(String body) {
    try {
      return Json.read(body);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }

  private static String unknown(HttpRequest request) {
    return request.method().equals("GET")
        ? ""
        : ". Whether it was done is not known: look ('runs', 'chain', 'gates'), or do it again; only"
            + " 'event', and 'start' without a key, would do it twice";
  }

  private static String token() {
    return "Set TRACKS_API_TOKEN or TRACKS_API_TOKEN_FILE to a token of that server, or name a file with --token-file.";
  }

  private static RefusedOperation refusal(String message) {
    return new RefusedOperation(message, null, false, null);
  }

  private static RefusedOperation away(String message, IOException failure) {
    return new RefusedOperation(message, null, true, failure);
  }
}
