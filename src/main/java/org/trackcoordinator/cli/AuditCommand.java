package org.trackcoordinator.cli;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.trackcoordinator.database.Database;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "audit",
    description = "Check the stored data; exit 1 if anything breaks an invariant.")
final class AuditCommand implements Subcommand {

  @ParentCommand private TrackCoordinator program;

  @Option(names = "--json", description = "Print one JSON object per finding, and nothing else.")
  private boolean json;

  private record Finding(String invariant, String correlationId, String trackId, String detail) {}

  @Override
  public Integer call() {
    try (Database database = program.existingDatabase()) {
      List<Finding> findings = SchemaQueries.ask(database, AuditCommand::read);
      if (json) {
        findings.forEach(finding -> JsonLines.print(object(finding), program.out()));
      } else if (findings.isEmpty()) {
        program.out().println("No invariant is broken.");
      } else {
        print(findings);
      }
      program.out().flush();
      return findings.isEmpty() ? 0 : 1;
    }
  }

  private void print(List<Finding> findings) {
    Table table = new Table("invariant", "run", "track", "detail");
    findings.forEach(
        finding ->
            table.row(
                finding.invariant(), finding.correlationId(), finding.trackId(), finding.detail()));
    table.print(program.out());
  }

  private static List<Finding> read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select * from track_coordination.audit()")) {
      List<Finding> findings = new ArrayList<>();
      while (rows.next()) {
        findings.add(
            new Finding(
                rows.getString("invariant"),
                rows.getString("correlation_id"),
                rows.getString("track_id"),
                rows.getString("detail")));
      }
      return findings;
    }
  }

  private static Map<String, Object> object(Finding finding) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("invariant", finding.invariant());
    object.put("correlationId", finding.correlationId());
    object.put("trackId", finding.trackId());
    object.put("detail", finding.detail());
    return object;
  }
}
