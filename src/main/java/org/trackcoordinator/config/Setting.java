package org.trackcoordinator.config;

import java.util.Locale;

/**
 * The keys that the program knows; each has one name for the environment and one for properties.
 */
enum Setting {
  DATABASE_URL(true),
  DATABASE_USERNAME(true),
  DATABASE_PASSWORD(true),
  HTTP_PORT(false),
  MANAGEMENT_PORT(false),
  BIND(false),
  WORKFLOWS(false),
  ROUTES(false),
  HANDLERS_ELSEWHERE(false),
  SHUTDOWN_TIMEOUT(false),
  LOG_FORMAT(false),
  API_TOKENS(true),
  API_TOKEN(true);

  private final boolean fromFile;

  Setting(boolean fromFile) {
    this.fromFile = fromFile;
  }

  /** Whether the value may lie in a file that {@code <key>_FILE} names, as mounted secrets do. */
  boolean fromFile() {
    return fromFile;
  }

  /** Whether the value must never be printed. */
  boolean secret() {
    return this == DATABASE_PASSWORD || this == API_TOKENS || this == API_TOKEN;
  }

  /** The name in the environment: {@code TRACKS_HTTP_PORT}. */
  String variable() {
    return "TRACKS_" + name();
  }

  /** The name in a properties file: {@code tracks.http.port}. */
  String property() {
    return "tracks." + name().toLowerCase(Locale.ROOT).replace('_', '.');
  }
}
