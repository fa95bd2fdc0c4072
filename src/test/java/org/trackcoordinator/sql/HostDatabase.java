package org.trackcoordinator.sql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.testing.Login;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * A database for each test whose owner is no superuser, with roles as Supabase has them. The test
 * makes the host's tables, then migrates.
 */
final class HostDatabase implements BeforeEachCallback, AfterEachCallback {

  private static final String SUPABASE =
      """
      do $$ begin
        if not exists (select from pg_roles where rolname = 'anon') then
          create role anon nologin noinherit;
          create role authenticated nologin noinherit;
          create role service_role nologin noinherit bypassrls;
        end if;
      end $$
      """;

  private Database asSuperuser;
  private Database asOwner;
  private Login owner;
  private Login authenticator;

  @Override
  public void beforeEach(ExtensionContext context) {
    asSuperuser = SharedPostgres.newDatabase();
    superuser().execute(SUPABASE);
    owner = Login.create("createrole", "", superuser(), asSuperuser.url());
    superuser()
        .execute(
            "do $$ begin execute format('alter database %I owner to "
                + owner.name()
                + "', current_database()); end $$");
    asOwner = owner.open(Path.of("target"));
    authenticator =
        Login.create(
            "noinherit", "anon, authenticated, service_role", superuser(), asSuperuser.url());
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    authenticator.close();
    owner.close();
    asOwner.close();
    asSuperuser.close();
  }

  /** Once the host's tables are there. */
  void migrate() {
    Migrations.migrate(asOwner.plain());
  }

  /** The owner of the database, of the log and of our schema. */
  JdbcTemplate owner() {
    return owner.sql();
  }

  /** As a program of the host, with the owner's login. */
  Connection newConnection() throws SQLException {
    return asOwner.plain().getConnection();
  }

  /** Of the database. */
  String name() {
    return superuser().queryForObject("select current_database()", String.class);
  }

  JdbcTemplate superuser() {
    return new JdbcTemplate(asSuperuser.plain());
  }

  /** The login by which PostgREST connects. */
  Login authenticator() {
    return authenticator;
  }

  /** A login with these roles only. */
  Login login(String roles) {
    return Login.memberOf(roles, superuser(), asSuperuser.url());
  }

  /** Runs a file of {@code migrations/} as the owner. */
  void runScript(String file) {
    try {
      owner().execute(Files.readString(Path.of("migrations", file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void load(String workflow) {
    new DefinitionStore(asOwner.pool(), "test")
        .makeCurrent(WorkflowFiles.parse("test.yaml", workflow));
  }

  /** One with the owner's login, started. */
  Coordinator coordinator() throws Exception {
    return new Coordinator(asOwner.pool(), asOwner.plain(), RoutesFolder.at(Path.of("routes")))
        .watching(asOwner.contact())
        .start();
  }

  /** What the owner sees in the only column of a query. */
  List<String> texts(String query, Object... parameters) {
    return owner().queryForList(query, String.class, parameters);
  }
}
