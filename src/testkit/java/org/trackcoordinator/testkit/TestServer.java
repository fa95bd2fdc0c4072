package org.trackcoordinator.testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.database.EmbeddedDatabase;

/**
 * One PostgreSQL for all tests of a JVM; whoever asks gets a database of its own in it. Three
 * system properties say which:
 *
 * <ul>
 *   <li>{@value #URL}: one that runs already; the JDBC URL of its database {@code postgres}, with
 *       the login of somebody who may create databases. What is created there stays.
 *   <li>{@value #KIND}: {@code auto} (the default) is a container where Testcontainers is on the
 *       class path and Docker answers, and else the embedded PostgreSQL; {@code docker} and {@code
 *       embedded} are that and nothing else.
 *   <li>{@value #IMAGE}: the image of the container, {@value #DEFAULT_IMAGE} by default.
 * </ul>
 */
public final class TestServer {

  static final String URL = "tracks.test.url";
  static final String KIND = "tracks.test.server";
  static final String IMAGE = "tracks.test.image";
  static final String DEFAULT_IMAGE = "postgres:18";

  private static final Logger LOG = LoggerFactory.getLogger(TestServer.class);
  private static final String TESTCONTAINERS = "org.testcontainers.postgresql.PostgreSQLContainer";
  private static final String DATABASE = "/postgres?";
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static String url;

  private TestServer() {}

  /**
   * Makes a new, empty database.
   *
   * @return its JDBC URL, with the login
   * @throws IllegalArgumentException if a system property says what can't be
   * @throws IllegalStateException if there is no server, or it makes no database
   */
  public static synchronized String newDatabaseUrl() {
    if (url == null) {
      url = url();
    }
    String name = "test_" + ProcessHandle.current().pid() + "_" + COUNT.incrementAndGet();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("create database " + name);
    } catch (SQLException e) {
      throw new IllegalStateException("no database for tests can be made: " + e.getMessage(), e);
    }
    return url.replace(DATABASE, "/" + name + "?");
  }

  private static String url() {
    String given = System.getProperty(URL);
    if (given == null) {
      return start(System.getProperty(KIND, "auto"), container(), new Embedded());
    }
    return requireUsable(given);
  }

  /** The password in it is nobody's business. */
  static String requireUsable(String given) {
    if (!given.startsWith("jdbc:postgresql:") || !given.contains(DATABASE)) {
      throw new IllegalArgumentException(
          "-D%s names no database postgres with its login, as in jdbc:postgresql://localhost:5432/postgres?user=postgres"
              .formatted(URL));
    }
    return given;
  }

  /** Starts what is wanted, or what there is. */
  static String start(String wanted, ServerSource container, ServerSource embedded) {
    return switch (wanted) {
      case "auto" -> containerOr(embedded, container);
      case "docker" -> {
        container
            .missing()
            .ifPresent(
                missing -> {
                  throw new IllegalStateException("-D%s=docker, but %s".formatted(KIND, missing));
                });
        yield container.start();
      }
      case "embedded" -> embedded.start();
      default ->
          throw new IllegalArgumentException(
              "-D%s=%s: allowed are auto, docker, embedded".formatted(KIND, wanted));
    };
  }

  private static String containerOr(ServerSource embedded, ServerSource container) {
    if (container.missing().isEmpty()) {
      try {
        return container.start();
      } catch (RuntimeException e) {
        LOG.warn("no PostgreSQL starts in a container, the embedded one is used: {}", e.toString());
      }
    }
    return embedded.start();
  }

  private static ServerSource container() {
    try {
      Class.forName(TESTCONTAINERS, false, TestServer.class.getClassLoader());
      return new ContainerServer(System.getProperty(IMAGE, DEFAULT_IMAGE));
    } catch (ClassNotFoundException e) {
      return new NoTestcontainers();
    }
  }

  private static final class NoTestcontainers implements ServerSource {

    @Override
    public Optional<String> missing() {
      return Optional.of("org.testcontainers:testcontainers-postgresql is not on the class path");
    }

    @Override
    public String start() {
      throw new IllegalStateException("nothing to start a container with");
    }
  }

  private static final class Embedded implements ServerSource {

    @Override
    public Optional<String> missing() {
      return Optional.empty();
    }

    /** It stops, and its data go, when this JVM ends. */
    @Override
    public String start() {
      return EmbeddedDatabase.temporary().url();
    }
  }
}
