package org.trackcoordinator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.config.ApiToken.Role;

@Tag("track-coordination")
class SettingsTest {

  @TempDir Path directory;

  @Test
  void hasDefaultsForEverything() {
    Settings settings = Settings.load(Map.of(), directory);
    assertThat(settings.databaseUrl()).isEmpty();
    assertThat(settings.databaseFolder()).isEqualTo(directory.resolve("data/postgres"));
    assertThat(settings.httpPort()).isEqualTo(8080);
    assertThat(settings.managementPort()).isEqualTo(9876);
    assertThat(settings.bind()).isEqualTo("127.0.0.1");
    assertThat(settings.workflows()).isEqualTo(directory.resolve("routes/workflows"));
    assertThat(settings.routes()).isEqualTo(directory.resolve("routes"));
    assertThat(settings.handlersElsewhere()).isEmpty();
    assertThat(settings.shutdownTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.apiTokens()).isEmpty();
    assertThat(settings.apiToken()).isEmpty();
  }

  @Test
  void readsEachKeyFromTheEnvironment() throws IOException {
    Files.createDirectories(directory.resolve("mine/flows"));
    Settings settings =
        Settings.load(
            Map.of(
                "TRACKS_DATABASE_URL", "jdbc:postgresql://db:5433/books?sslmode=require",
                "TRACKS_DATABASE_USERNAME", "keeper",
                "TRACKS_DATABASE_PASSWORD", " p w ",
                "TRACKS_HTTP_PORT", "0",
                "TRACKS_MANAGEMENT_PORT", "65535",
                "TRACKS_BIND", "0.0.0.0",
                "TRACKS_WORKFLOWS", "mine/flows",
                "TRACKS_ROUTES", "mine",
                "TRACKS_SHUTDOWN_TIMEOUT", "1m30s",
                "TRACKS_API_TOKENS", "reader:abc,operator:d:e"),
            directory);
    assertThat(settings.databaseUrl()).contains("jdbc:postgresql://db:5433/books?sslmode=require");
    assertThat(settings.databaseUsername()).contains("keeper");
    assertThat(settings.databasePassword()).contains(" p w ");
    assertThat(settings.httpPort()).isZero();
    assertThat(settings.managementPort()).isEqualTo(65535);
    assertThat(settings.bind()).isEqualTo("0.0.0.0");
    assertThat(settings.workflows()).isEqualTo(directory.resolve("mine/flows"));
    assertThat(settings.routes()).isEqualTo(directory.resolve("mine"));
    assertThat(settings.shutdownTimeout()).isEqualTo(Duration.ofSeconds(90));
    assertThat(settings.apiTokens())
        .containsExactly(new ApiToken(Role.READER, "abc"), new ApiToken(Role.OPERATOR, "d:e"));
    assertThat(settings.apiTokens()).asString().doesNotContain("abc");
    assertThat(Settings.load(Map.of("TRACKS_API_TOKEN", "d:e"), directory).apiToken())
        .contains("d:e");
  }

  @Test
  void handlersElsewhereAreAListInEitherPlace() throws IOException {
    assertThat(
            Settings.load(Map.of("TRACKS_HANDLERS_ELSEWHERE", "drive, freee"), directory)
                .handlersElsewhere())
        .containsExactlyInAnyOrder("drive", "freee");
    write("tracks.handlers.elsewhere=gmail");
    assertThat(Settings.load(Map.of(), directory).handlersElsewhere()).containsExactly("gmail");
  }

  @Test
  void theEnvironmentGoesBeforeTheFileAndTheFileBeforeTheClassPath() throws IOException {
    write("tracks.http.port=8002", "tracks.management.port=9002");
    Properties packaged = new Properties();
    packaged.setProperty("tracks.management.port", "9003");
    packaged.setProperty("tracks.shutdown.timeout", "3s");
    Settings settings =
        Settings.load(
            Map.of("TRACKS_HTTP_PORT", "8001"),
            directory,
            SettingsSource.properties("the class path", packaged));
    assertThat(settings.httpPort()).isEqualTo(8001);
    assertThat(settings.managementPort()).isEqualTo(9002);
    assertThat(settings.shutdownTimeout()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void passesOnWhatIsNotOurs() throws IOException {
    write("camel.main.name=書店", "gmail.host=imap.example", "tracks.http.port=8002");
    Properties packaged = new Properties();
    packaged.setProperty("gmail.host", "other");
    packaged.setProperty("gmail.port", "993");
    Properties others =
        Settings.load(Map.of(), directory, SettingsSource.properties("the class path", packaged))
            .others();
    assertThat(others)
        .containsOnly(
            Map.entry("camel.main.name", "書店"),
            Map.entry("gmail.host", "imap.example"),
            Map.entry("gmail.port", "993"));
  }

  @Test
  void readsSecretsFromFiles() throws IOException {
    Files.writeString(directory.resolve("password"), "geheim\n");
    Files.writeString(directory.resolve("tokens"), "worker:t0ken\n");
    Files.writeString(directory.resolve("token"), "t0ken\n");
    write("tracks.api.tokens.file=tokens", "tracks.api.token.file=token");
    Settings settings =
        Settings.load(
            Map.of(
                "TRACKS_DATABASE_URL",
                "jdbc:postgresql://db/books",
                "TRACKS_DATABASE_PASSWORD_FILE",
                directory.resolve("password").toString()),
            directory);
    assertThat(settings.databasePassword()).contains("geheim");
    assertThat(settings.apiTokens()).containsExactly(new ApiToken(Role.WORKER, "t0ken"));
    assertThat(settings.apiToken()).contains("t0ken");
  }

  @Test
  void aFileWithATokenHoldsThatAlone() throws IOException {
    Path file = Files.writeString(directory.resolve("token"), "t0ken\r\n");
    assertThat(TokenFile.read(file)).isEqualTo("t0ken");
    Files.writeString(file, "operator:geheim");
    assertThatThrownBy(() -> TokenFile.read(file))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining(file + " is not valid: allowed is one token without its role")
        .message()
        .doesNotContain("geheim");
    assertThatThrownBy(() -> TokenFile.read(directory.resolve("none")))
        .hasMessageContaining("none is no readable file");
  }

  @Test
  void reportsAllMistakesAtOnce() throws IOException {
    write("tracks.http.prot=1");
    InvalidSettingsException refusal =
        catchThrowableOfType(
            InvalidSettingsException.class,
            () ->
                Settings.load(
                    Map.of("TRACKS_MANAGEMENT_PORT", "x", "TRACKS_SHUTDOWN_TIMEOUT", "30"),
                    directory));
    assertThat(refusal.problems()).hasSize(3);
    assertThat(refusal)
        .hasMessageStartingWith("The configuration has 3 mistakes:")
        .hasMessageContaining(
            "tracks.http.prot (set in "
                + directory.resolve("application.properties")
                + ") is unknown; did you mean tracks.http.port?");
  }

  @Test
  void refusesAFileThatIsNoPropertiesFile() throws IOException {
    write("tracks.bind=\\u12");
    assertThatThrownBy(() -> Settings.load(Map.of(), directory))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining(directory.resolve("application.properties") + " cannot be read");
  }

  private void write(String... lines) throws IOException {
    Files.writeString(directory.resolve("application.properties"), String.join("\n", lines));
  }
}
