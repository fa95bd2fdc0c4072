package org.trackcoordinator.testing;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.trackcoordinator.config.Settings;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;

/**
 * A login that a test makes on its server, without any right but those of the roles that it is a
 * member of. It stays there, as the databases of tests do.
 */
public final class Login implements AutoCloseable {

  private static final String PASSWORD = "a test's";
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String url;
  private final String name;
  private final SingleConnectionDataSource connection;

  private Login(String url, String name) {
    this.url = url.replaceAll("([?&])(user|password)=[^&]*", "$1");
    this.name = name;
    this.connection = new SingleConnectionDataSource(this.url, name, PASSWORD, true);
  }

  /** Makes one, on a server whose superuser asks; several roles as {@code a, b}, none as "". */
  public static Login memberOf(String roles, JdbcTemplate superuser, String url) {
    return create("", roles, superuser, url);
  }

  /**
   * The same, with attributes.
   *
   * @param attributes as {@code create role} takes them, for example {@code createrole}
   */
  public static Login create(String attributes, String roles, JdbcTemplate superuser, String url) {
    String name = "test_" + ProcessHandle.current().pid() + "_" + COUNT.incrementAndGet();
    superuser.execute(
        "create role "
            + name
            + " login password '"
            + PASSWORD.replace("'", "''")
            + "' "
            + attributes);
    if (!roles.isEmpty()) {
      superuser.execute("grant " + roles + " to " + name);
    }
    return new Login(url, name);
  }

  /** The role. */
  public String name() {
    return name;
  }

  /** On one connection that stays open. */
  public JdbcTemplate sql() {
    return new JdbcTemplate(connection);
  }

  /** As a program with this login opens it; to be closed. */
  public Database open(Path folder) {
    return Databases.open(
        Settings.load(
            Map.of(
                "TRACKS_DATABASE_URL", url,
                "TRACKS_DATABASE_USERNAME", name,
                "TRACKS_DATABASE_PASSWORD", PASSWORD),
            folder));
  }

  @Override
  public void close() throws SQLException {
    connection.destroy();
  }
}
