package org.trackcoordinator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.config.Settings;

/** Opening the configured database: waiting where that helps, refusing where it does not. */
@Tag("processing-logs")
class DatabasesIT {

  private static final Duration SHORT = Duration.ofSeconds(1);

  private final List<String> messages = new CopyOnWriteArrayList<>();

  @TempDir Path directory;

  @Test
  void waitsForADatabaseThatIsDownAndSaysSo() throws Exception {
    Path folder = directory.resolve("late");
    int port = FreePort.forFolder(folder, 0);
    CompletableFuture<Database> opening =
        CompletableFuture.supplyAsync(
            () ->
                Databases.open(
                    settings("jdbc:postgresql://localhost:" + port + "/postgres?user=postgres"),
                    null,
                    messages::add));
    String prefix = "Waiting for the database localhost:" + port + "/postgres: Connection refused";
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(messages)
                    .anySatisfy(
                        message ->
                            assertThat(message).startsWith(prefix).contains("; next try in ")));
    assertThat(opening).isNotDone();
    try (EmbeddedDatabase server = EmbeddedDatabase.in(folder);
        Database database = opening.get()) {
      assertThat(server.port()).isEqualTo(port);
      assertThat(Query.value(database.plain(), "select 1")).isEqualTo("1");
      assertThat(messages.get(messages.size() - 1)).contains(" answers after ");
      assertThat(messages.stream().filter(message -> message.startsWith(prefix)))
          .as("said once, not with each try")
          .hasSize(1);
    }
  }

  @Test
  void aShortCommandGivesUpWithTheCause() {
    int port = FreePort.forFolder(directory, 0);
    assertThatThrownBy(
            () ->
                Databases.open(
                    settings("jdbc:postgresql://localhost:" + port + "/books?password=geheim"),
                    SHORT,
                    messages::add))
        .isInstanceOf(DatabaseException.class)
        .hasMessageStartingWith(
            "The database localhost:"
                + port
                + "/books does not answer: Connection refused (tried for ");
    assertThat(messages).isNotEmpty().noneMatch(message -> message.contains("geheim"));
  }

  @Test
  void refusesAnUnknownDatabaseAtOnce() {
    String url = SharedPostgres.newDatabaseUrl().replaceAll("/test_[_\\d]+", "/nowhere");
    assertThatThrownBy(() -> Databases.open(settings(url)))
        .isInstanceOf(DatabaseException.class)
        .hasMessageEndingWith("refuses the connection: database \"nowhere\" does not exist");
  }

  @Test
  void refusesAWrongPasswordAtOnce() throws Exception {
    try (EmbeddedDatabase server = EmbeddedDatabase.temporary()) {
      DataSource source = Databases.of(server).plain();
      Query.execute(source, "create role keeper login password 'right'");
      Files.writeString(
          server.folder().resolve("pg_hba.conf"),
          "host all keeper all scram-sha-256\nhost all all all trust\n");
      Query.execute(source, "select pg_reload_conf()");
      String url = "jdbc:postgresql://localhost:" + server.port() + "/postgres";
      await()
          .atMost(Duration.ofSeconds(10))
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> Databases.open(login(url, "wrong")))
                      .isInstanceOf(DatabaseException.class)
                      .hasMessageEndingWith(
                          "refuses the connection: password authentication failed for user \"keeper\""));
      try (Database database = Databases.open(login(url, "right"))) {
        assertThat(Query.value(database.plain(), "select current_user")).isEqualTo("keeper");
        assertThat(Query.value(database.pool(), "select current_user")).isEqualTo("keeper");
      }
    }
  }

  @Test
  void opensTheEmbeddedOneByDefaultInTheWorkingDirectory() throws Exception {
    try (Database database = Databases.open(Settings.load(Map.of(), directory))) {
      assertThat(Query.value(database.plain(), "show data_directory"))
          .isEqualTo(directory.resolve("data/postgres").toRealPath().toString());
      assertThat(database.description())
          .matches("PostgreSQL 18\\S* on localhost:\\d+, embedded, data in .*/data/postgres");
      try (Database other = Databases.open(settings(database.url()))) {
        assertThat(Query.value(other.plain(), "select 1")).isEqualTo("1");
      }
    }
    assertThat(PostmasterFile.read(directory.resolve("data/postgres"))).isEmpty();
  }

  @Test
  void thePoolHasTheSessionSettingsThatOurStatementsRelyOn() throws Exception {
    try (Database database = SharedPostgres.newDatabase()) {
      DataSource own = database.pool();
      assertThat(Query.value(own, "show track.own")).isEqualTo("on");
      assertThat(Query.value(own, "show plan_cache_mode")).isEqualTo("force_generic_plan");
      for (String way : List.of("seqscan", "hashjoin", "mergejoin", "memoize")) {
        assertThat(Query.value(own, "show enable_" + way)).as(way).isEqualTo("off");
      }
      assertThat(Query.value(own, "show jit")).isEqualTo("off");
      assertThat(Query.value(own, "show application_name")).isEqualTo("track-coordinator");
      assertThat(database.pool().getMaximumPoolSize()).isEqualTo(12);
    }
  }

  @Test
  void plainConnectionsHaveTheServersOwn() throws Exception {
    try (Database database = SharedPostgres.newDatabase()) {
      DataSource plain = database.plain();
      assertThat(Query.value(plain, "show enable_seqscan")).isEqualTo("on");
      assertThat(Query.value(plain, "show jit")).isEqualTo("on");
      assertThat(Query.value(plain, "show plan_cache_mode")).isEqualTo("auto");
      assertThat(Query.value(plain, "select current_setting('track.own', true)")).isNull();
      assertThat(Query.value(plain, "show application_name")).isEqualTo("track-coordinator");
    }
  }

  @Test
  void whatTheUrlSaysGoesFirst() throws Exception {
    String url =
        SharedPostgres.newDatabaseUrl()
            + "&ApplicationName=books&options=-c%20statement_timeout=1234";
    try (Database database = Databases.open(settings(url), SHORT)) {
      assertThat(Query.value(database.pool(), "show application_name")).isEqualTo("books");
      assertThat(Query.value(database.pool(), "show statement_timeout")).isEqualTo("1234ms");
      assertThat(Query.value(database.pool(), "show track.own")).isEqualTo("on");
    }
  }

  @Test
  void endsWhatNeedsTheDatabaseBeforeItCloses() throws Exception {
    List<String> ended = new ArrayList<>();
    Database database = SharedPostgres.newDatabase();
    DataSource pool = database.pool();
    database.beforeClose(() -> ended.add("first " + value(pool)));
    database.beforeClose(() -> ended.add("second " + value(pool)));
    database.close();
    database.close();
    assertThat(ended).containsExactly("second 1", "first 1");
  }

  private Settings settings(String url) {
    return Settings.load(Map.of("TRACKS_DATABASE_URL", url), directory);
  }

  private Settings login(String url, String password) {
    return Settings.load(
        Map.of(
            "TRACKS_DATABASE_URL", url,
            "TRACKS_DATABASE_USERNAME", "keeper",
            "TRACKS_DATABASE_PASSWORD", password),
        directory);
  }

  private static String value(DataSource source) {
    try {
      return Query.value(source, "select 1");
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
