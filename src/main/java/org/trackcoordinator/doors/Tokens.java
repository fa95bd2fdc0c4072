package org.trackcoordinator.doors;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;

/** Who holds which token. Looking takes as long for a wrong one as for a right one. */
final class Tokens {

  private static final String BEARER = "Bearer ";
  private static final String BASIC = "Basic ";

  private final List<ApiToken> tokens;
  private final boolean passwords;

  /**
   * @param tokens none: whoever is let in may do everything
   * @param passwords whether a token may also be the password of {@code Basic}, of any user
   */
  Tokens(List<ApiToken> tokens, boolean passwords) {
    this.tokens = List.copyOf(tokens);
    this.passwords = passwords;
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
    return sentBy(authorization).flatMap(this::holder);
  }

  private Optional<String> sentBy(String authorization) {
    if (authorization == null) {
      return Optional.empty();
    } else if (starts(authorization, BEARER)) {
      return Optional.of(authorization.substring(BEARER.length()).strip());
    } else if (passwords && starts(authorization, BASIC)) {
      return password(authorization.substring(BASIC.length()).strip());
    }
    return Optional.empty();
  }

  private static boolean starts(String authorization, String scheme) {
    return authorization.regionMatches(true, 0, scheme, 0, scheme.length());
  }

  /** What stands after the first colon: a user's name has none. */
  private static Optional<String> password(String encoded) {
    try {
      String pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      return colon < 0 ? Optional.empty() : Optional.of(pair.substring(colon + 1));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Optional<Role> holder(String sentToken) {
    byte[] sent = hash(sentToken);
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
