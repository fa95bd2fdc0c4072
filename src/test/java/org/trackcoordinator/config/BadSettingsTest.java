package org.trackcoordinator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each wrong environment, and the one sentence that it is refused with. */
@Tag("track-coordination")
class BadSettingsTest {

  private static final String SET = " (set in the environment) ";
  private static final String PORT =
      SET + "is not valid: allowed is a whole number from 0 to 65535; 0 takes a free port";
  private static final String URL =
      SET + "is not valid: allowed is a JDBC URL such as jdbc:postgresql://db.example:5432/books";
  private static final String TIMEOUT =
      SET
          + "is not valid: allowed is a duration from 0s to 1d with its unit, such as 30s, 1m30s or PT30S";
  private static final String TOKENS =
      "TRACKS_API_TOKENS"
          + SET
          + "is not valid: allowed is role:token,role:token,… with the roles reader, worker and"
          + " operator, and tokens that differ and hold neither spaces nor commas";

  private static final String TOKEN =
      "TRACKS_API_TOKEN"
          + SET
          + "is not valid: allowed is one token without its role, and without spaces (those of a"
          + " server are TRACKS_API_TOKENS)";

  @TempDir Path directory;

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake("TRACKS_HTTP_PORT=80a" + PORT, "TRACKS_HTTP_PORT", "80a"),
        mistake("TRACKS_HTTP_PORT=-1" + PORT, "TRACKS_HTTP_PORT", "-1"),
        mistake("TRACKS_MANAGEMENT_PORT=65536" + PORT, "TRACKS_MANAGEMENT_PORT", "65536"),
        mistake(
            "TRACKS_HTTP_PORT and TRACKS_MANAGEMENT_PORT are both 9876; give each its own",
            "TRACKS_HTTP_PORT",
            "9876"),
        mistake(
            "TRACKS_HTTP_PORT" + SET + "is empty; give it a value or take it away",
            "TRACKS_HTTP_PORT",
            ""),
        mistake("TRACKS_DATABASE_URL=books" + URL, "TRACKS_DATABASE_URL", "books"),
        mistake(
            "TRACKS_DATABASE_URL=postgres://u:***@db/books" + URL,
            "TRACKS_DATABASE_URL",
            "postgres://u:geheim@db/books"),
        mistake(
            "TRACKS_DATABASE_URL=jdbc:mysql://db/x?user=u&password=***&a=b" + URL,
            "TRACKS_DATABASE_URL",
            "jdbc:mysql://db/x?user=u&password=geheim&a=b"),
        mistake(
            "TRACKS_DATABASE_URL" + SET + "is empty; give it a value or take it away",
            "TRACKS_DATABASE_URL",
            " "),
        mistake(
            "TRACKS_DATABASE_PASSWORD is set, but TRACKS_DATABASE_URL is not: the embedded PostgreSQL"
                + " has no login; set the URL or take it away",
            "TRACKS_DATABASE_PASSWORD",
            "geheim"),
        mistake(
            "TRACKS_DATABASE_PASSWORD_FILE=no/such/file" + SET + "names no readable file",
            "TRACKS_DATABASE_PASSWORD_FILE",
            "no/such/file"),
        mistake(
            "TRACKS_API_TOKENS and TRACKS_API_TOKENS_FILE are both set in the environment; keep one",
            "TRACKS_API_TOKENS",
            "reader:geheim",
            "TRACKS_API_TOKENS_FILE",
            "tokens"),
        mistake(
            "TRACKS_BIND=not an address"
                + SET
                + "is not valid: allowed is an address of this machine, such as 127.0.0.1, or 0.0.0.0"
                + " for all of them",
            "TRACKS_BIND",
            "not an address"),
        mistake(
            "TRACKS_BIND=0.0.0.0 can be reached from other machines, so TRACKS_API_TOKENS is required:"
                + " allowed is role:token,role:token,… with the roles reader, worker and operator, and"
                + " tokens that differ and hold neither spaces nor commas",
            "TRACKS_BIND",
            "0.0.0.0"),
        mistake(
            "TRACKS_WORKFLOWS=nowhere"
                + SET
                + "is not valid: allowed is a folder or file that exists",
            "TRACKS_WORKFLOWS",
            "nowhere"),
        mistake(
            "TRACKS_ROUTES=nowhere" + SET + "is not valid: allowed is a folder that exists",
            "TRACKS_ROUTES",
            "nowhere"),
        mistake(
            "TRACKS_HANDLERS_ELSEWHERE=drive,,freee"
                + SET
                + "is not valid: allowed are names of handlers: handler,handler,…",
            "TRACKS_HANDLERS_ELSEWHERE",
            "drive,,freee"),
        mistake(
            "TRACKS_LOG_FORMAT=xml (set in the environment) is not valid: allowed is text or json",
            "TRACKS_LOG_FORMAT",
            "xml"),
        mistake("TRACKS_SHUTDOWN_TIMEOUT=30" + TIMEOUT, "TRACKS_SHUTDOWN_TIMEOUT", "30"),
        mistake("TRACKS_SHUTDOWN_TIMEOUT=2d" + TIMEOUT, "TRACKS_SHUTDOWN_TIMEOUT", "2d"),
        mistake("TRACKS_SHUTDOWN_TIMEOUT=PT-5S" + TIMEOUT, "TRACKS_SHUTDOWN_TIMEOUT", "PT-5S"),
        mistake(TOKENS, "TRACKS_API_TOKENS", "geheim"),
        mistake(TOKENS, "TRACKS_API_TOKENS", "king:geheim"),
        mistake(TOKENS, "TRACKS_API_TOKENS", "reader:"),
        mistake(TOKENS, "TRACKS_API_TOKENS", "reader:geheim,worker:geheim"),
        mistake(TOKENS, "TRACKS_API_TOKENS", "reader:geheim,"),
        mistake(TOKEN, "TRACKS_API_TOKEN", "operator:geheim"),
        mistake(TOKEN, "TRACKS_API_TOKEN", "geheim geheim"),
        mistake(TOKEN, "TRACKS_API_TOKEN", "geheim\nX: y"),
        mistake(TOKEN, "TRACKS_API_TOKEN", "geheimß"),
        mistake(
            "TRACKS_HTTP_PROT" + SET + "is unknown; did you mean TRACKS_HTTP_PORT?",
            "TRACKS_HTTP_PROT",
            "8080"),
        mistake(
            "TRACKS_ENTIRELY_DIFFERENT"
                + SET
                + "is unknown; known are TRACKS_API_TOKEN, TRACKS_API_TOKENS, TRACKS_API_TOKENS_FILE,"
                + " TRACKS_API_TOKEN_FILE, TRACKS_BIND,"
                + " TRACKS_DATABASE_PASSWORD, TRACKS_DATABASE_PASSWORD_FILE, TRACKS_DATABASE_URL,"
                + " TRACKS_DATABASE_URL_FILE, TRACKS_DATABASE_USERNAME, TRACKS_DATABASE_USERNAME_FILE,"
                + " TRACKS_HANDLERS_ELSEWHERE, TRACKS_HTTP_PORT, TRACKS_LOG_FORMAT, TRACKS_MANAGEMENT_PORT, TRACKS_ROUTES,"
                + " TRACKS_SHUTDOWN_TIMEOUT, TRACKS_WORKFLOWS",
            "TRACKS_ENTIRELY_DIFFERENT",
            "geheim"));
  }

  private static Arguments mistake(String message, String... environment) {
    Map<String, String> variables = new HashMap<>();
    for (int index = 0; index < environment.length; index += 2) {
      variables.put(environment[index], environment[index + 1]);
    }
    return Arguments.of(message, variables);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void areRefusedByName(String message, Map<String, String> environment) {
    InvalidSettingsException refusal =
        catchThrowableOfType(
            InvalidSettingsException.class, () -> Settings.load(environment, directory));
    assertThat(refusal.problems()).containsExactly(message);
    assertThat(refusal).hasMessageContaining(message).message().doesNotContain("geheim");
  }
}
