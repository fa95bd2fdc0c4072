package org.trackcoordinator.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.postgresql.Driver;

/** Turns the texts of settings into values; an empty result means: not valid. */
final class Values {

  static final String URL_ALLOWED =
      "allowed is a JDBC URL such as jdbc:postgresql://db.example:5432/books";
  static final String PORT_ALLOWED =
      "allowed is a whole number from 0 to 65535; 0 takes a free port";
  static final String BIND_ALLOWED =
      "allowed is an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them";
  static final String TIMEOUT_ALLOWED =
      "allowed is a duration from 0s to 1d with its unit, such as 30s, 1m30s or PT30S";
  static final String HANDLERS_ALLOWED = "allowed are names of handlers: handler,handler,…";
  static final String TOKENS_ALLOWED =
      "allowed is role:token,role:token,… with the roles reader, worker and operator,"
          + " and tokens that differ and hold neither spaces nor commas";

  static final String TOKEN_ALLOWED =
      "allowed is one token without its role, and without spaces (those of a server are TRACKS_API_TOKENS)";

  static final String LOG_FORMAT_ALLOWED = "allowed is text or json";

  private static final Pattern TOKEN = Pattern.compile("[!-~]+");
  private static final Pattern WITH_ROLE = Pattern.compile("(?:reader|worker|operator):.*");

  private static final Duration LONGEST_SHUTDOWN = Duration.ofDays(1);

  private static final Pattern HANDLER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

  private Values() {}

  static Optional<String> url(String text) {
    String url = text.strip();
    return url.startsWith("jdbc:postgresql:") && Driver.parseURL(url, null) != null
        ? Optional.of(url)
        : Optional.empty();
  }

  static Optional<Integer> port(String text) {
    return Optional.of(text.strip())
        .filter(number -> number.matches("\\d{1,5}"))
        .map(Integer::valueOf)
        .filter(number -> number <= 65535);
  }

  static Optional<String> address(String text) {
    try {
      InetAddress.getByName(text.strip());
      return Optional.of(text.strip());
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  static boolean loopback(String address) {
    try {
      return InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  static Optional<Path> path(Path directory, String text, Predicate<Path> allowed) {
    try {
      return Optional.of(directory.resolve(text.strip()).normalize()).filter(allowed);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  static Optional<Duration> timeout(String text) {
    return Durations.parse(text)
        .filter(value -> !value.isNegative() && value.compareTo(LONGEST_SHUTDOWN) <= 0);
  }

  static Optional<String> logFormat(String text) {
    return Optional.of(text.strip()).filter(format -> format.matches("text|json"));
  }

  static Optional<Set<String>> handlers(String text) {
    Set<String> names = new HashSet<>();
    for (String name : text.strip().split(",", -1)) {
      if (!HANDLER.matcher(name.strip()).matches()) {
        return Optional.empty();
      }
      names.add(name.strip());
    }
    return Optional.of(Set.copyOf(names));
  }

  static Optional<List<ApiToken>> tokens(String text) {
    List<ApiToken> tokens = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (String entry : text.strip().split(",", -1)) {
      String[] parts = entry.strip().split(":", 2);
      Optional<ApiToken.Role> role = role(parts[0]);
      if (role.isEmpty() || parts.length < 2 || !parts[1].matches("\\S+") || !seen.add(parts[1])) {
        return Optional.empty();
      }
      tokens.add(new ApiToken(role.get(), parts[1]));
    }
    return Optional.of(List.copyOf(tokens));
  }

  static Optional<String> token(String text) {
    return Optional.of(text.strip())
        .filter(token -> TOKEN.matcher(token).matches() && !WITH_ROLE.matcher(token).matches());
  }

  private static Optional<ApiToken.Role> role(String name) {
    for (ApiToken.Role role : ApiToken.Role.values()) {
      if (role.name().toLowerCase(Locale.ROOT).equals(name)) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }
}
