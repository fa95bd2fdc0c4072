package org.trackcoordinator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.config.Settings;
import org.trackcoordinator.session.Pooler;
import org.trackcoordinator.testing.AtOnce;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;

/** What is set for us holds behind a pooler, and reaches nobody else. */
@Tag("track-coordination")
@Needs(Tool.PGBOUNCER)
class PoolerIT {

  private static final String OPTIONS_REFUSED = "";
  private static final String OPTIONS_DROPPED = "ignore_startup_parameters = options";
  private static final int MANY = 30;

  private static final String OURS =
      "select current_setting('track.own', true) || ' ' || current_setting('enable_seqscan') || ' '"
          + " || current_setting('lock_timeout')";

  @TempDir Path folder;
  private final String direct = SharedPostgres.newDatabaseUrl();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (int last = opened.size() - 1; last >= 0; last--) {
      opened.get(last).close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {OPTIONS_REFUSED, OPTIONS_DROPPED})
  void ourSettingsHoldInEachTransactionAndForNobodyElse(String setting) throws Exception {
    Database database = open(pooled("transaction", setting));
    assertThat(database.description()).endsWith(" (by way of a connection pooler)");
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < MANY; i++) {
      try (Connection connection = database.pool().getConnection()) {
        seen.add(text(connection, OURS));
        connection.setAutoCommit(false);
        seen.add(text(connection, OURS));
        seen.add(text(connection, OURS));
        connection.commit();
        seen.add(text(connection, OURS));
        connection.rollback();
      }
    }
    assertThat(seen).containsExactly("on off 5s");
    assertThat(SessionTraces.in(database)).isEqualTo(SessionTraces.in(open(direct)));
  }

  @Test
  void aPreparedStatementMayRunOften() throws Exception {
    Database database = open(pooled("transaction"));
    for (int i = 0; i < MANY; i++) {
      try (Connection connection = database.pool().getConnection();
          Connection other = database.pool().getConnection();
          PreparedStatement statement = connection.prepareStatement("select cast(? as int)");
          PreparedStatement same = other.prepareStatement("select cast(? as int)")) {
        for (int n = 0; n < 10; n++) {
          statement.setInt(1, n);
          same.setInt(1, n);
          assertThat(number(statement)).isEqualTo(n);
          assertThat(number(same)).isEqualTo(n);
        }
      }
    }
    assertThat(SessionTraces.in(database)).isEqualTo(SessionTraces.in(open(direct)));
  }

  @Test
  void whatTheUrlSaysGoesBeforeOurOwnLimits() throws Exception {
    String url =
        pooled("transaction", OPTIONS_DROPPED)
            + "&options=-c%20lock_timeout=7s%20--search-path=a,%5C%20b";
    Database database = open(url);
    try (Connection connection = database.pool().getConnection()) {
      assertThat(text(connection, OURS)).isEqualTo("on off 7s");
      assertThat(text(connection, "show search_path")).isEqualTo("a, b");
      assertThat(text(connection, "show statement_timeout")).isEqualTo("50s");
    }
  }

  @Test
  void aStatementThatFailsLeavesTheConnectionUsable() throws Exception {
    Database database = open(pooled("transaction"));
    try (Connection connection = database.pool().getConnection();
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute("select 1 / 0"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("division by zero");
      assertThat(connection.getAutoCommit()).isTrue();
      assertThat(text(connection, OURS)).isEqualTo("on off 5s");
    }
  }

  @Test
  void whatRunsInNoTransactionRunsAsItIs() throws Exception {
    Database database = open(pooled("transaction"));
    try (Connection connection = database.pool().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table t (n int)");
      statement.execute("-- why\nvacuum t");
      statement.execute("/* why */ create index concurrently i on t (n)");
      try (PreparedStatement prepared = connection.prepareStatement("vacuum (truncate off) t")) {
        prepared.execute();
      }
    }
  }

  @Test
  void theServersOwnSettingsAreLeftToPeople() throws Exception {
    Database database = open(pooled("transaction"));
    try (Connection connection = database.plain().getConnection()) {
      assertThat(text(connection, "select coalesce(current_setting('track.own', true), '')"))
          .isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {OPTIONS_REFUSED, OPTIONS_DROPPED})
  void migrationsRunAndLeaveNoTrace(String setting) throws Exception {
    Database database = open(pooled("transaction", setting));
    Migrations.Report report = Migrations.migrate(database.plain());

    assertThat(report.applied()).contains("015_create_log_index.sql");
    assertThat(Migrations.migrate(database.plain()).applied()).isEmpty();
    assertThat(SessionTraces.in(database)).isEqualTo(SessionTraces.in(open(direct)));
    assertThat(
            Query.column(
                database.plain(), "select indexrelid::regclass from pg_index where not indisvalid"))
        .isEmpty();
  }

  @Test
  void oneOfTwoThatMigrateAtOnceWaitsForTheOther() throws Exception {
    String url = pooled("transaction");
    try (Database one = open(url);
        Database other = open(url)) {
      AtOnce.run(
          2, i -> () -> Migrations.migrate(List.of(one, other).get(i).plain()).current().get());
      assertThat(Query.column(one.plain(), "select script from track_coordination.schema_history"))
          .doesNotHaveDuplicates()
          .contains("130_create_definition_versions.sql");
    }
  }

  @Test
  void itIsToldWhetherSessionsAreSharedOut() throws Exception {
    assertThat(sharesSessions(direct)).isFalse();
    assertThat(sharesSessions(pooled("session"))).isFalse();
    assertThat(sharesSessions(pooled("transaction"))).isTrue();
    assertThat(sharesSessions(pooled("transaction", "server_round_robin = 0"))).isTrue();
    assertThat(sharesSessions(pooled("transaction", "default_pool_size = 1"))).isTrue();
    assertThat(sharesSessions(pooled("transaction", "default_pool_size = 2"))).isTrue();
  }

  @Test
  void aPoolerThatSharesOutStatementsIsRefusedWithWhatToDo() throws Exception {
    String url = pooled("statement");
    assertThatThrownBy(() -> open(url))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("set pool_mode = transaction in the pooler, see docs/pgbouncer.md");
  }

  @Test
  void optionsOfTheUrlThatAPoolerRefusesEndTheStartWithWhatToDo() throws Exception {
    String url = pooled("transaction") + "&options=-c%20geqo=off";
    assertThatThrownBy(() -> open(url))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("refuses the connection: unsupported startup parameter: options")
        .hasMessageContaining("leave options out of the URL, see docs/pgbouncer.md");
  }

  @Test
  void whatAPoolerRefusesForGoodEndsTheStart() throws Exception {
    String url = pooled("transaction");
    for (String wrong :
        List.of(url.replace("user=postgres", "user=nobody"), url.replace("/test_", "/toast_"))) {
      assertThatThrownBy(() -> open(wrong))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("refuses the connection: ");
    }
  }

  private String pooled(String poolMode, String... settings) throws Exception {
    PgBouncer pooler = PgBouncer.before(direct, folder, poolMode, settings);
    opened.add(pooler);
    return pooler.url(direct);
  }

  private Database open(String url) {
    Settings settings = Settings.load(Map.of("TRACKS_DATABASE_URL", url), folder);
    Database database = Databases.open(settings, Duration.ofSeconds(5));
    opened.add(database);
    return database;
  }

  private boolean sharesSessions(String url) throws SQLException {
    Database database = open(url);
    try (Connection one = database.plain().getConnection();
        Connection other = database.plain().getConnection()) {
      return Pooler.sharesSessions(one, other);
    }
  }

  private static String text(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static int number(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getInt(1);
    }
  }
}
