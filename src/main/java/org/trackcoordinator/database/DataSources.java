package org.trackcoordinator.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;
import org.trackcoordinator.config.Secrets;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.session.BoundedSockets;

/**
 * How to connect to one database. What the URL says itself goes before our own choices.
 *
 * @param url the JDBC URL
 * @param username empty if the URL says it
 * @param password empty if the URL says it or none is needed
 */
record DataSources(String url, Optional<String> username, Optional<String> password) {

  private static final int POOL_SIZE = 12;
  private static final int POOL_REST = 1;
  private static final long POOL_IDLE_MILLIS = 30_000;
  private static final long POOL_WAIT_MILLIS = 10_000;

  private static final Map<PGProperty, String> FOR_ALL =
      Map.of(
          PGProperty.APPLICATION_NAME, "track-coordinator",
          PGProperty.CONNECT_TIMEOUT, "5",
          PGProperty.LOGIN_TIMEOUT, "10",
          PGProperty.TCP_KEEP_ALIVE, "true",
          PGProperty.PREPARE_THRESHOLD, "0"); // a pooler may give each transaction another session

  /** As a URL has them in its {@code options}: {@code -c name=value} or {@code --name=value}. */
  private static final Pattern OPTION =
      Pattern.compile("(?:^|\\s)(?:-c\\s*|--)([\\w.-]+)=((?:\\\\.|[^\\s\\\\])*)");

  /** A socket waits longer than {@link #OWN_LIMITS} allow a statement to take. */
  private static final Map<PGProperty, String> FOR_OWN =
      Map.of(PGProperty.SOCKET_TIMEOUT, "60", PGProperty.REWRITE_BATCHED_INSERTS, "true");

  /** Statements are planned once per session: planning takes longer than running most of them. */
  private static final String PREPARE_AT_ONCE = "1";

  /** A question that is answered in milliseconds, or not at all. */
  private static final Map<PGProperty, String> FOR_CONTACT =
      Map.of(
          PGProperty.APPLICATION_NAME, "track-coordinator contact",
          PGProperty.CONNECT_TIMEOUT, "2",
          PGProperty.SSL_RESPONSE_TIMEOUT, "2000",
          PGProperty.GSS_RESPONSE_TIMEOUT, "2000",
          PGProperty.LOGIN_TIMEOUT, "4",
          PGProperty.SOCKET_TIMEOUT, "3");

  /** Of several hosts one is the primary; who that is may change at any time. */
  private static final Map<PGProperty, String> FOR_SEVERAL_HOSTS =
      Map.of(PGProperty.TARGET_SERVER_TYPE, "primary", PGProperty.HOST_RECHECK_SECONDS, "1");

  /**
   * A lock that is not given, and a statement that takes too long, end on the server before the
   * socket's own limit leaves them running there. So does a transaction that nobody goes on with,
   * as when the network lost its connection: its locks would hold up the same work on the next one.
   * A URL may set others.
   */
  private static final Map<String, String> OWN_LIMITS =
      settingsIn(
          "-c lock_timeout=5s -c statement_timeout=50s -c idle_in_transaction_session_timeout=10s");

  /**
   * Marks our connections for the trigger on the log, and keeps plans that were made while tables
   * were small from reading them whole when they have grown. Without jit: before PostgreSQL 18 a
   * plan that has to use what is switched off costs 10^10 on paper, and is compiled for longer than
   * it runs.
   */
  private static final Map<String, String> OWN_SETTINGS =
      settingsIn(
          "-c track.own=on -c plan_cache_mode=force_generic_plan -c enable_seqscan=off"
              + " -c enable_hashjoin=off -c enable_mergejoin=off -c enable_memoize=off -c jit=off");

  /**
   * Connections with the server's own settings, each opened anew; who listens with one may bound
   * what it is sent, see {@link BoundedSockets}.
   */
  DataSource plain() {
    PGSimpleDataSource source = source(FOR_ALL);
    setUnlessInUrl(source, PGProperty.SOCKET_FACTORY, BoundedSockets.class.getName());
    return source;
  }

  /** Pooled connections for the coordinator's own statements. */
  HikariDataSource pool(Contact contact) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("track-coordinator");
    config.setDataSource(new WatchedSource(own(), contact));
    config.setMaximumPoolSize(POOL_SIZE);
    config.setMinimumIdle(POOL_REST);
    config.setIdleTimeout(POOL_IDLE_MILLIS);
    config.setConnectionTimeout(POOL_WAIT_MILLIS);
    // whoever opens a pool has waited for the database; later outages are its users' to retry
    config.setInitializationFailTimeout(-1);
    return WatchedPool.of(config, contact);
  }

  private OwnSource own() {
    Properties said = inUrl();
    String options = said.getProperty(PGProperty.OPTIONS.getName(), "");
    Map<String, String> settings = new LinkedHashMap<>(OWN_LIMITS);
    settings.putAll(settingsIn(options));
    settings.putAll(OWN_SETTINGS);
    PGSimpleDataSource withOptions = sourceOfOwn();
    withOptions.setOptions(options(OWN_LIMITS) + " " + options + " " + options(OWN_SETTINGS));
    PGSimpleDataSource without = sourceOfOwn();
    without.setProperty(PGProperty.OPTIONS, null);
    String threshold = said.getProperty(PGProperty.PREPARE_THRESHOLD.getName());
    return new OwnSource(
        withOptions,
        without,
        settings,
        Integer.parseInt(threshold == null ? PREPARE_AT_ONCE : threshold),
        Integer.parseInt(threshold == null ? "0" : threshold));
  }

  private PGSimpleDataSource sourceOfOwn() {
    PGSimpleDataSource source = source(FOR_ALL);
    FOR_OWN.forEach((property, value) -> setUnlessInUrl(source, property, value));
    return source;
  }

  private static String options(Map<String, String> settings) {
    return settings.entrySet().stream()
        .map(setting -> "-c " + setting.getKey() + "=" + setting.getValue())
        .collect(Collectors.joining(" "));
  }

  static Map<String, String> settingsIn(String options) {
    Map<String, String> settings = new LinkedHashMap<>();
    Matcher option = OPTION.matcher(options);
    while (option.find()) {
      settings.put(option.group(1).replace('-', '_'), option.group(2).replaceAll("\\\\(.)", "$1"));
    }
    return settings;
  }

  /** New connections that give up soon, whatever the URL says. */
  DataSource contact() {
    PGSimpleDataSource source = source(FOR_ALL);
    FOR_CONTACT.forEach((property, value) -> source.setProperty(property, value));
    return source;
  }

  /** The hosts and ports, and the database: {@code db.example:5432/books}. */
  String place() {
    Properties parts = inUrl();
    String[] hosts = parts.getProperty(PGProperty.PG_HOST.getName(), "localhost").split(",");
    String[] ports = parts.getProperty(PGProperty.PG_PORT.getName(), "5432").split(",");
    StringBuilder place = new StringBuilder();
    for (int index = 0; index < hosts.length; index++) {
      place.append(index == 0 ? "" : ",").append(hosts[index]);
      place.append(':').append(ports[Math.min(index, ports.length - 1)]);
    }
    return place + "/" + parts.getProperty(PGProperty.PG_DBNAME.getName(), "");
  }

  /** The URL and the login's name, for people. */
  @Override
  public String toString() {
    return Secrets.hidden(url) + username.map(name -> " as " + name).orElse("");
  }

  private PGSimpleDataSource source(Map<PGProperty, String> defaults) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url);
    username.ifPresent(source::setUser);
    password.ifPresent(source::setPassword);
    defaults.forEach((property, value) -> setUnlessInUrl(source, property, value));
    if (inUrl().getProperty(PGProperty.PG_HOST.getName(), "").contains(",")) {
      FOR_SEVERAL_HOSTS.forEach((property, value) -> setUnlessInUrl(source, property, value));
    }
    return source;
  }

  private void setUnlessInUrl(PGSimpleDataSource source, PGProperty property, String value) {
    if (!inUrl().containsKey(property.getName())) {
      source.setProperty(property, value);
    }
  }

  private Properties inUrl() {
    return Objects.requireNonNull(
        Driver.parseURL(url, null), () -> "not a URL of PostgreSQL: " + Secrets.hidden(url));
  }
}
