package org.trackcoordinator.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.cli.CliRun;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.workflow.WorkflowFiles;

/** The commands and statements of the README, as a reader would copy them. */
@Tag("processing-logs")
class ReadmeIT {

  private static final Path README = Path.of("README.md");
  private static final String PROGRAM = "java -jar target/track-coordinator.jar ";

  @RegisterExtension final CoordinatedDatabase coordinated = new CoordinatedDatabase();

  @Test
  void itsCommandsDoWhatTheySay() throws IOException {
    Map<String, String> environment =
        Map.of("TRACKS_DATABASE_URL", SharedPostgres.newDatabaseUrl());
    List<String> commands =
        DocsTest.shellBlocks(README).stream()
            .filter(block -> block.startsWith(PROGRAM)) // requests are made by RestDocsIT
            .flatMap(String::lines)
            .map(String::strip)
            .toList();
    assertThat(commands).hasSizeGreaterThan(3);
    for (String command : commands) {
      assertThat(command).startsWith(PROGRAM);
      CliRun run =
          CliRun.of(environment, Path.of(""), command.substring(PROGRAM.length()).split(" "));
      assertThat(run.exitCode()).as(command + "\n" + run).isZero();
    }
  }

  @Test
  void itsStatementsAreUnderstood() throws IOException {
    Database database = coordinated.database();
    coordinated.load(block("yaml", "workflow:"));
    JdbcTemplate sql = new JdbcTemplate(database.plain());
    Matcher blocks =
        Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
    int count = 0;
    while (blocks.find()) {
      sql.execute(blocks.group(1).replace("'…'", "gen_random_uuid()"));
      count++;
    }
    assertThat(count).isEqualTo(2);
    assertThat(coordinated.count("select count(*) from track_coordination.runs")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/operations.md", "docs/commands.md"})
  void thePagesCommandsDoWhatTheySay(String page) throws IOException {
    String url = SharedPostgres.newDatabaseUrl();
    Map<String, String> environment = Map.of("TRACKS_DATABASE_URL", url);
    assertThat(CliRun.of(environment, Path.of(""), "migrate").exitCode()).isZero();
    PGSimpleDataSource database = new PGSimpleDataSource();
    database.setUrl(url);
    new DefinitionStore(database, "test")
        .makeCurrent(WorkflowFiles.read(Path.of("routes/workflows/invoice-intake.yaml")));
    JdbcTemplate sql = new JdbcTemplate(database);
    for (String block : DocsTest.shellBlocks(Path.of(page))) {
      for (String line : block.lines().map(String::strip).toList()) {
        assertThat(line).startsWith(PROGRAM);
        // each command has a run of its own
        String command =
            line.substring(PROGRAM.length())
                .replace(
                    "CORRELATION_ID",
                    sql.queryForObject(
                        "select track_coordination.start_run('invoice-intake')", String.class));
        CliRun run = CliRun.of(environment, Path.of(""), words(command));
        assertThat(run.exitCode()).as(command + "\n" + run).isZero();
      }
    }
  }

  /** As a shell divides a line: what stands in single quotes is one. */
  private static String[] words(String line) {
    return Pattern.compile("'([^']*)'|\\S+")
        .matcher(line)
        .results()
        .map(word -> word.group(1) == null ? word.group() : word.group(1))
        .toArray(String[]::new);
  }

  @Test
  void theOperationsPagesStatementsAreUnderstood() throws IOException {
    Path page = Path.of("docs/operations.md");
    JdbcTemplate sql = new JdbcTemplate(coordinated.plain());
    Matcher blocks =
        Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(page));
    int count = 0;
    while (blocks.find()) {
      Matcher scheduled =
          Pattern.compile("cron.schedule\\(.*\\$\\$(.*)\\$\\$").matcher(blocks.group(1));
      sql.execute(scheduled.find() ? scheduled.group(1) : blocks.group(1));
      count++;
    }
    assertThat(count).isPositive();
  }

  private static String block(String language, String start) throws IOException {
    Matcher blocks =
        Pattern.compile("```" + language + "\n(" + start + ".*?)```", Pattern.DOTALL)
            .matcher(Files.readString(README));
    assertThat(blocks.find()).isTrue();
    return blocks.group(1);
  }
}
