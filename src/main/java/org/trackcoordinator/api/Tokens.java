package org.trackcoordinator.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;

/** Who holds which token. Looking takes as long for a wrong one as for a right one. */
final class Tokens {

  private static final String SCHEME = "Bearer ";

  private final List<ApiToken> tokens;

  /**
   * @param tokens none: whoever is let in may do everything
   */
  Tokens(List<ApiToken> tokens) {
    this.tokens = List.copyOf(tokens);
  }

  /**
   * The role of whoever sent this header.
   *
   * @param authorization null if there was none
   */
  Optional<Role> roleOf(String authorization) {
    if (tokens.isEmpty()) {
      return Optional.of(Role.OPERATOR);
    }
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Optional.empty();
    }
    byte[] sent = hash(authorization.substring(SCHEME.length()).strip());
    Role role = null;
    for (ApiToken token : tokens) {
      // all are looked at, and hashes of one length are compared: time tells nothing
      if (MessageDigest.isEqual(sent, hash(token.token()))) {
        role = token.role();
      }
    }
    return Optional.ofNullable(role);
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException("each Java has SHA-256", e);
    }
  }
}
