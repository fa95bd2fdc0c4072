package org.trackcoordinator.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.testing.AtOnce;

/**
 * The five roles on a server of its own, since roles belong to all databases of a server: made by
 * whoever migrates, or by somebody who may, and taken away when nobody needs them.
 */
@Tag("track-coordination")
class RoleCreationIT {

  private static final List<String> ALL =
      List.of("track_operator", "track_owner", "track_reader", "track_worker", "track_writer");
  private static final Path SCRIPT = Path.of("migrations/roles/create-roles.sql");
  private static final Path UNINSTALL = Path.of("migrations/uninstall/uninstall.sql");

  private static EmbeddedDatabase server;
  private static DataSource superuser;

  @BeforeAll
  static void start() {
    server = EmbeddedDatabase.temporary();
    superuser = source("postgres", "postgres");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void clear() throws SQLException {
    for (String database : List.of("first", "second")) {
      Query.execute(superuser, "drop database if exists " + database + " with (force)");
    }
    for (String role :
        Stream.concat(ALL.stream(), Stream.of("maker", "plain", "member")).toList()) {
      Query.execute(superuser, "drop role if exists " + role);
    }
    Query.execute(superuser, "create role maker login createrole");
    Query.execute(superuser, "create role plain login");
    Query.execute(superuser, "create role member login");
  }

  @Test
  void aLoginThatMayCreateRolesNeedsNoSuperuser() throws Exception {
    DataSource maker = database("first", "maker");
    Migrations.migrate(maker);
    assertThat(roles()).isEqualTo(ALL);
    assertThat(mayStart("first", "track_writer")).isTrue();
    Query.execute(superuser, "grant track_writer to member");
    assertThat(
            Query.value(
                source("first", "member"),
                "select has_function_privilege('track_coordination.start_run_json(jsonb)', 'execute')"))
        .isEqualTo("t");
  }

  @Test
  void oneThatMayNotMigratesAllTheSameAndTheScriptDoesTheRest() throws Exception {
    DataSource plain = database("first", "plain");
    try (Connection connection = plain.getConnection();
        Statement statement = connection.createStatement()) {
      Migrations.migrate(plain);
      assertThat(roles()).isEmpty();
      statement.execute("set client_min_messages = warning"); // as migrations run
      statement.execute(Files.readString(Path.of("migrations/150_create_roles.sql")));
      assertThat(warnings(statement)).as("nothing is said").isEmpty();
    }
    Query.execute(source("first", "postgres"), Files.readString(SCRIPT));
    assertThat(roles()).isEqualTo(ALL);
    assertThat(mayStart("first", "track_writer")).isTrue();
  }

  @Test
  void theScriptMayComeFirst() throws Exception {
    DataSource plain = database("first", "plain");
    Query.execute(source("first", "maker"), Files.readString(SCRIPT));
    assertThat(roles()).isEqualTo(ALL);
    Migrations.migrate(plain);
    assertThat(mayStart("first", "track_writer")).isTrue();
    Query.execute(source("first", "maker"), Files.readString(SCRIPT));
  }

  @Test
  void whoMayCreateRolesButDoesNotOwnTheSchemaIsToldWhatIsLeft() throws Exception {
    DataSource plain = database("first", "plain");
    Migrations.migrate(plain);
    try (Connection connection = source("first", "maker").getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(Files.readString(SCRIPT));
      assertThat(warnings(statement))
          .containsExactly(
              "The roles are there. What they may do is up to the owner of the schema: select track_coordination.apply_grants();");
    }
    assertThat(roles()).isEqualTo(ALL);
    assertThat(mayStart("first", "track_writer")).isFalse();
    Query.execute(plain, "select track_coordination.apply_grants()");
    assertThat(mayStart("first", "track_writer")).isTrue();
  }

  @Test
  void twoDatabasesOfAServerMayBeMigratedAtOnce() throws Exception {
    List<DataSource> both = List.of(database("first", "maker"), database("second", "maker"));
    AtOnce.run(2, i -> () -> Migrations.migrate(both.get(i)));
    assertThat(roles()).isEqualTo(ALL);
    assertThat(mayStart("first", "track_writer")).isTrue();
    assertThat(mayStart("second", "track_writer")).isTrue();
  }

  @Test
  void uninstallTakesTheRolesAwayThatTheMigrationsMade() throws Exception {
    DataSource maker = database("first", "maker");
    Migrations.migrate(maker);
    Query.execute(maker, Files.readString(UNINSTALL));
    assertThat(roles()).isEmpty();
    assertThat(
            Query.column(
                    maker,
                    "select coalesce(relacl::text, '') from pg_class where relname = 'processing_logs'")
                .get(0))
        .doesNotContain("track_");
    Migrations.migrate(maker);
    assertThat(roles()).isEqualTo(ALL);
  }

  @Test
  void uninstallLeavesRolesThatSomebodyElseNeeds() throws Exception {
    DataSource first = database("first", "maker");
    DataSource second = database("second", "maker");
    Migrations.migrate(first);
    Query.execute(first, Files.readString(UNINSTALL));
    assertThat(roles()).isEmpty();
    Migrations.migrate(first);
    Migrations.migrate(second);
    Query.execute(first, Files.readString(UNINSTALL));
    assertThat(roles()).as("the other database uses them").isEqualTo(ALL);
    assertThat(mayStart("second", "track_writer")).isTrue();
    Query.execute(second, Files.readString(UNINSTALL));

    Query.execute(superuser, "drop role track_writer");
    Migrations.migrate(first);
    Query.execute(superuser, "grant track_writer to member");
    Query.execute(first, Files.readString(UNINSTALL));
    assertThat(roles()).as("somebody is a member").contains("track_writer");
    assertThat(
            Query.value(
                first,
                "select count(*) from pg_shdepend where refobjid = cast('track_writer' as regrole)"))
        .as("rights that are left")
        .isEqualTo("0");
  }

  @Test
  void rolesThatWereThereBeforeStayAfterUninstall() throws Exception {
    Query.execute(superuser, "create role track_reader");
    DataSource maker = database("first", "maker");
    Migrations.migrate(maker);
    Query.execute(maker, Files.readString(UNINSTALL));
    assertThat(roles()).containsExactly("track_reader");
  }

  private static List<String> roles() throws SQLException {
    return Query.column(
        superuser, "select rolname from pg_roles where rolname like 'track\\_%' order by 1");
  }

  private static boolean mayStart(String database, String role) throws SQLException {
    return Query.value(
            source(database, "postgres"),
            "select has_function_privilege('"
                + role
                + "', 'track_coordination.start_run_json(jsonb)', 'execute')")
        .equals("t");
  }

  private static DataSource database(String name, String owner) throws SQLException {
    Query.execute(superuser, "create database " + name + " owner " + owner);
    return source(name, owner);
  }

  private static DataSource source(String database, String login) {
    return new DataSources(
            server
                .url()
                .replace("/postgres?", "/" + database + "?")
                .replaceAll("user=\\w+", "user=" + login),
            Optional.empty(),
            Optional.empty())
        .plain();
  }

  private static List<String> warnings(Statement statement) throws SQLException {
    return Stream.iterate(statement.getWarnings(), w -> w != null, SQLWarning::getNextWarning)
        .map(SQLWarning::getMessage)
        .toList();
  }
}
