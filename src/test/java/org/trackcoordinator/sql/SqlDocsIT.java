package org.trackcoordinator.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.coordinator.Coordinator;

/** The page about SQL, as a reader would copy it, and all that it should tell. */
@Tag("processing-logs")
class SqlDocsIT {

  private static final Path PAGE = Path.of("docs/sql.md");

  /** As PostgreSQL's manual has them, appendix A. */
  private static final Map<String, String> CODES =
      Map.of(
          "invalid_parameter_value", "22023",
          "insufficient_privilege", "42501",
          "undefined_object", "42704",
          "unique_violation", "23505",
          "object_not_in_prerequisite_state", "55000",
          "object_in_use", "55006",
          "program_limit_exceeded", "54000");

  @RegisterExtension final HostDatabase host = new HostDatabase();

  @Test
  void itsStatementsDoWhatTheySay() throws Exception {
    host.migrate();
    host.load(Files.readString(Path.of("routes/workflows/invoice-intake.yaml")));
    String shop = "shop_" + host.name();
    try (Coordinator coordinator = host.coordinator()) {
      List<String> blocks = found("(?s)```sql\n(.*?)```");
      assertThat(blocks).hasSizeGreaterThan(8);
      for (String block : blocks) {
        for (String statement : block.split(";[^\n]*\n")) {
          // comments before it stay; who runs the page may create roles
          host.superuser().execute(statement.replaceAll("\\bshop\\b", shop));
          await("what it did is coordinated before the next")
              .pollInterval(Duration.ofMillis(20))
              .atMost(Duration.ofSeconds(30))
              .until(() -> host.texts("select 'x' from track_coordination.event_queue").isEmpty());
        }
      }
      assertThat(
              host.texts(
                  "select track_id || ' ' || event_type from track_coordination.execution_chain('0198c1f0-7a3b-7c11-9a3e-5a3c1d2e4f60')"))
          .contains(
              "gmail completed",
              "drive failed",
              "drive completed",
              "file-management skipped",
              "freee cancelled");
      assertThat(host.owner().queryForList("select * from track_coordination.audit()")).isEmpty();
    }
  }

  @Test
  void itHasAllFunctionsThatAreOfferedToRoles() throws IOException {
    host.migrate();
    String page = Files.readString(PAGE);
    for (String function :
        host.texts(
            "select distinct function_name from track_coordination.offered_functions where function_name not like 'require%'")) {
      assertThat(page).contains(function);
    }
    for (String role :
        host.texts("select distinct role_name from track_coordination.offered_functions")) {
      assertThat(page).contains("| `" + role + "` |");
    }
  }

  @Test
  void itsTableHasTheArgumentsOfAllJsonFunctions() throws IOException {
    String page = Files.readString(PAGE);
    JsonFunctions.ARGUMENTS.forEach(
        (function, keys) -> {
          String row =
              page.lines()
                  .filter(line -> line.startsWith("| ") && line.contains("`" + function + "`"))
                  .findFirst()
                  .orElse("");
          for (JsonFunctions.Key key : keys) {
            assertThat(row).as(function).contains(key.name());
          }
        });
  }

  @Test
  void itsTableHasAllErrorsThatFunctionsRaise() throws IOException {
    TreeSet<String> raised = new TreeSet<>();
    try (Stream<Path> files = Files.list(Path.of("migrations"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".sql")).toList()) {
        Pattern.compile("errcode = '([a-z_]+)'")
            .matcher(Files.readString(file))
            .results()
            .map(result -> result.group(1))
            .forEach(raised::add);
      }
    }
    // of migrations themselves, of changing a definition by hand, and of the coordinator's own look
    raised.removeAll(
        List.of("datatype_mismatch", "restrict_violation", "read_only_sql_transaction"));
    assertThat(raised).containsExactlyInAnyOrderElementsOf(CODES.keySet());
    assertThat(found("(?m)^\\| ([0-9]{5})")).containsExactlyInAnyOrderElementsOf(CODES.values());
  }

  private static List<String> found(String pattern) throws IOException {
    return new ArrayList<>(
        Pattern.compile(pattern)
            .matcher(Files.readString(PAGE))
            .results()
            .map((MatchResult result) -> result.group(1))
            .toList());
  }
}
