package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;
import org.trackcoordinator.database.EmbeddedDatabase;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.testing.LogLines;

/** More notifications at once than fit into memory, on a server that speaks TLS, too. */
@Tag("track-coordination")
class FloodIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir static Path directory;
  private static EmbeddedDatabase server;

  @BeforeAll
  static void start() throws Exception {
    server = EmbeddedDatabase.temporary();
    try (Database database = Databases.at(server.url())) {
      Migrations.migrate(database.plain());
      makeCertificate();
      JdbcTemplate sql = new JdbcTemplate(database.plain());
      sql.execute("alter system set ssl_cert_file = '%s/cert.pem'".formatted(directory));
      sql.execute("alter system set ssl_key_file = '%s/key.pem'".formatted(directory));
      sql.execute("alter system set ssl = on");
      sql.execute("select pg_reload_conf()");
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static void makeCertificate() throws Exception {
    Path store = directory.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "server",
                "-dname",
                "CN=localhost",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD))
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    writePem("cert.pem", "CERTIFICATE", keys.getCertificate("server").getEncoded());
    writePem("key.pem", "PRIVATE KEY", keys.getKey("server", PASSWORD).getEncoded());
  }

  private static void writePem(String name, String kind, byte[] content) throws Exception {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    Path file = directory.resolve(name);
    Files.writeString(
        file, "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(kind, lines, kind));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"disable", "require"})
  void isNamedAndListenedToAgain(String sslmode) throws Exception {
    try (LogLines lines = new LogLines();
        Database database = Databases.at(server.url() + "&sslmode=" + sslmode);
        Coordinator coordinator =
            new Coordinator(database.pool(), database.plain(), RoutesFolder.at(Path.of("routes")))
                .watching(database.contact())
                .start()) {
      JdbcTemplate sql = new JdbcTemplate(database.plain());
      assertThat(
              sql.queryForObject(
                  "select ssl from pg_stat_ssl where pid = pg_backend_pid()", Boolean.class))
          .isEqualTo(sslmode.equals("require"));
      awaitPush(coordinator);
      sql.execute(
          "select pg_notify('track_events', repeat('x', 7900) || n) from generate_series(1, 4000) n");
      await()
          .atMost(PATIENCE)
          .until(() -> !lines.matching("WARN .*some login floods the channels.*").isEmpty());
      awaitPush(coordinator);
      assertThat(lines.matching("(WARN|ERROR) .*"))
          .allMatch(line -> line.contains("some login floods the channels"));
    }
  }

  private static void awaitPush(Coordinator coordinator) {
    await()
        .atMost(PATIENCE)
        .until(() -> coordinator.metrics().scrape().contains("tracks_wake_up_push 1.0"));
  }
}
