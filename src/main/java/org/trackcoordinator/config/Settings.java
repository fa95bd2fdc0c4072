package org.trackcoordinator.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * The configuration: the environment over {@code application.properties} in the working directory
 * over the one on the class path. Immutable; whoever holds one holds a valid one.
 */
public final class Settings {

  private static final String TEXT = "text";

  private final String databaseUrl;
  private final String databaseUsername;
  private final String databasePassword;
  private final Path databaseFolder;
  private final int httpPort;
  private final int managementPort;
  private final String bind;
  private final Path workflows;
  private final Path routes;
  private final Set<String> handlersElsewhere;
  private final Duration shutdownTimeout;
  private final String logFormat;
  private final List<ApiToken> apiTokens;
  private final String apiToken;
  private final Properties others;

  private Settings(Path directory, SettingsReader reader) {
    databaseUrl = reader.read(Setting.DATABASE_URL, Values.URL_ALLOWED, Values::url).orElse(null);
    databaseUsername = reader.read(Setting.DATABASE_USERNAME, "a name", Optional::of).orElse(null);
    databasePassword =
        reader.read(Setting.DATABASE_PASSWORD, "a password", Optional::of).orElse(null);
    databaseFolder = directory.resolve("data").resolve("postgres");
    httpPort = reader.read(Setting.HTTP_PORT, Values.PORT_ALLOWED, Values::port).orElse(8080);
    managementPort =
        reader.read(Setting.MANAGEMENT_PORT, Values.PORT_ALLOWED, Values::port).orElse(9876);
    bind = reader.read(Setting.BIND, Values.BIND_ALLOWED, Values::address).orElse("127.0.0.1");
    workflows =
        reader
            .read(
                Setting.WORKFLOWS,
                "allowed is a folder or file that exists",
                text -> Values.path(directory, text, Files::exists))
            .orElse(directory.resolve("routes").resolve("workflows"));
    routes =
        reader
            .read(
                Setting.ROUTES,
                "allowed is a folder that exists",
                text -> Values.path(directory, text, Files::isDirectory))
            .orElse(directory.resolve("routes"));
    handlersElsewhere =
        reader
            .read(Setting.HANDLERS_ELSEWHERE, Values.HANDLERS_ALLOWED, Values::handlers)
            .orElse(Set.of());
    shutdownTimeout =
        reader
            .read(Setting.SHUTDOWN_TIMEOUT, Values.TIMEOUT_ALLOWED, Values::timeout)
            .orElse(Duration.ofSeconds(30));
    logFormat =
        reader.read(Setting.LOG_FORMAT, Values.LOG_FORMAT_ALLOWED, Values::logFormat).orElse(TEXT);
    apiTokens =
        reader.read(Setting.API_TOKENS, Values.TOKENS_ALLOWED, Values::tokens).orElse(List.of());
    apiToken = reader.read(Setting.API_TOKEN, Values.TOKEN_ALLOWED, Values::token).orElse(null);
    others = reader.others();
    checkTogether(reader);
  }

  /**
   * Reads the configuration of this process.
   *
   * @throws InvalidSettingsException listing every mistake
   */
  public static Settings load() {
    return load(System.getenv(), Path.of(""));
  }

  /**
   * Reads the configuration.
   *
   * @param environment the environment variables
   * @param directory the working directory: relative paths start here, {@code
   *     application.properties} and {@code data/postgres} lie here
   * @throws InvalidSettingsException listing every mistake
   */
  public static Settings load(Map<String, String> environment, Path directory) {
    return load(environment, directory, SettingsSource.classpath());
  }

  /**
   * The {@link #logFormat} alone, before anything is logged. What is wrong with any setting is told
   * by whoever loads them.
   */
  public static String logFormat(Map<String, String> environment, Path directory) {
    try {
      Path absolute = directory.toAbsolutePath().normalize();
      SettingsReader reader =
          new SettingsReader(
              absolute,
              List.of(
                  SettingsSource.environment(environment),
                  SettingsSource.file(absolute),
                  SettingsSource.classpath()));
      return reader
          .read(Setting.LOG_FORMAT, Values.LOG_FORMAT_ALLOWED, Values::logFormat)
          .orElse(TEXT);
    } catch (InvalidSettingsException e) {
      return TEXT;
    }
  }

  static Settings load(Map<String, String> environment, Path directory, SettingsSource classpath) {
    Path absolute = directory.toAbsolutePath().normalize();
    SettingsReader reader =
        new SettingsReader(
            absolute,
            List.of(
                SettingsSource.environment(environment), SettingsSource.file(absolute), classpath));
    Settings settings = new Settings(absolute, reader);
    reader.throwIfInvalid();
    return settings;
  }

  /** The JDBC URL of the database; empty for the embedded one. */
  public Optional<String> databaseUrl() {
    return Optional.ofNullable(databaseUrl);
  }

  /** The name to log in with; empty if the URL says it, or nobody does. */
  public Optional<String> databaseUsername() {
    return Optional.ofNullable(databaseUsername);
  }

  /** The password to log in with. */
  public Optional<String> databasePassword() {
    return Optional.ofNullable(databasePassword);
  }

  /** Where the embedded PostgreSQL keeps its data: {@code data/postgres}; it need not exist. */
  public Path databaseFolder() {
    return databaseFolder;
  }

  /** The port of the REST interface; 0 for any free one. */
  public int httpPort() {
    return httpPort;
  }

  /** The port of the console, health and metrics; 0 for any free one. */
  public int managementPort() {
    return managementPort;
  }

  /** The address that both ports are bound to. */
  public String bind() {
    return bind;
  }

  /** The folder (or file) of the workflows; if it was not set it may not exist. */
  public Path workflows() {
    return workflows;
  }

  /** The folder of the routes; if it was not set it may not exist: then use the packaged ones. */
  public Path routes() {
    return routes;
  }

  /** Handlers that workers serve which are no routes of the folder; only checks ask. */
  public Set<String> handlersElsewhere() {
    return handlersElsewhere;
  }

  /** How long work in progress may take to end when the process is asked to stop. */
  public Duration shutdownTimeout() {
    return shutdownTimeout;
  }

  /** How the log is written: {@code text} or {@code json}. */
  public String logFormat() {
    return logFormat;
  }

  /** Who may use the REST interface; never empty if {@link #bind} is not a loopback address. */
  public List<ApiToken> apiTokens() {
    return apiTokens;
  }

  /** What commands show a server that they ask; a server itself does not look at it. */
  public Optional<String> apiToken() {
    return Optional.ofNullable(apiToken);
  }

  /** A new copy of all properties that are not {@code tracks.*}: Camel's and those of routes. */
  public Properties others() {
    Properties copy = new Properties();
    copy.putAll(others);
    return copy;
  }

  private void checkTogether(SettingsReader reader) {
    if (!reader.isSet(Setting.DATABASE_URL)) {
      for (Setting login : List.of(Setting.DATABASE_USERNAME, Setting.DATABASE_PASSWORD)) {
        if (reader.isSet(login)) {
          reader.refuse(
              "%s is set, but %s is not: the embedded PostgreSQL has no login; set the URL or take it away"
                  .formatted(login.variable(), Setting.DATABASE_URL.variable()));
        }
      }
    }
    if (httpPort == managementPort && httpPort != 0) {
      reader.refuse(
          "%s and %s are both %d; give each its own"
              .formatted(
                  Setting.HTTP_PORT.variable(), Setting.MANAGEMENT_PORT.variable(), httpPort));
    }
    if (!Values.loopback(bind) && !reader.isSet(Setting.API_TOKENS)) {
      reader.refuse(
          "%s=%s can be reached from other machines, so %s is required: %s"
              .formatted(
                  Setting.BIND.variable(),
                  bind,
                  Setting.API_TOKENS.variable(),
                  Values.TOKENS_ALLOWED));
    }
  }
}
