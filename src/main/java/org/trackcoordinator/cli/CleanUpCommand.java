package org.trackcoordinator.cli;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.trackcoordinator.coordinator.MaintenanceSettings;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.operations.SchemaQueries;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Needs the database only, neither the service nor Camel. */
@Command(
    name = "clean-up",
    description = {
      "Remove finished runs that are older than the retention of their state, in batches.",
      "What is not given is taken from the configuration, as 'run' takes it (cleanup.completed and"
          + " so on). TIME is 90d, 12h, 30m, 45s or together; 0s keeps nothing, -1 keeps for ever."
    })
final class CleanUpCommand implements Subcommand {

  private static final String SETTINGS = "maintenance";

  @ParentCommand private TrackCoordinator program;
  @Spec private CommandSpec spec;

  @Option(
      names = "--completed",
      paramLabel = "TIME",
      converter = RetentionText.class,
      description = "Keep completed runs so long.")
  private String completed;

  @Option(
      names = "--failed",
      paramLabel = "TIME",
      converter = RetentionText.class,
      description = "Keep failed runs so long.")
  private String failed;

  @Option(
      names = "--cancelled",
      paramLabel = "TIME",
      converter = RetentionText.class,
      description = "Keep cancelled runs so long.")
  private String cancelled;

  @Option(
      names = "--timed-out",
      paramLabel = "TIME",
      converter = RetentionText.class,
      description = "Keep timed-out runs so long; by default as failed ones.")
  private String timedOut;

  @Option(
      names = "--tombstones",
      paramLabel = "TIME",
      converter = RetentionText.class,
      description = "Remember removed runs so long: their events are late, their keys theirs.")
  private String tombstones;

  @Option(
      names = "--archive",
      negatable = true,
      description = "Move log rows to track_coordination.archived_logs instead of deleting them.")
  private Boolean archive;

  @Option(names = "--batch", paramLabel = "N", description = "Runs in one transaction.")
  private Integer batch;

  @Option(names = "--dry-run", description = "Only count what would be removed.")
  private boolean dryRun;

  @Option(names = "--json", description = "Print JSON objects, and nothing else.")
  private boolean json;

  /** {@code 90d}, {@code 1d12h}, {@code 0s}, {@code -1} for ever: PostgreSQL reads the same. */
  static final class RetentionText implements ITypeConverter<String> {

    @Override
    public String convert(String text) {
      MaintenanceSettings.retentionMistake(text)
          .ifPresent(
              mistake -> {
                throw new TypeConversionException(mistake);
              });
      return text;
    }
  }

  @Override
  public Integer call() {
    CleanUp cleanUp = cleanUp();
    try (Database database = program.existingDatabase()) {
      if (dryRun) {
        SchemaQueries.ask(database, cleanUp::due).forEach(this::printDue);
      } else {
        printRemoved(SchemaQueries.ask(database, connection -> removeAll(cleanUp, connection)));
      }
      program.out().flush();
      return 0;
    }
  }

  private CleanUp cleanUp() {
    if (batch != null && batch < 1) {
      throw new ParameterException(spec.commandLine(), "--batch must be at least 1, not " + batch);
    }
    String forFailed = retention(failed, "failed");
    String forTimedOut =
        timedOut == null && setting("timed-out") == null
            ? forFailed
            : retention(timedOut, "timed-out");
    return new CleanUp(
        List.of(
            retention(completed, "completed"),
            forFailed,
            retention(cancelled, "cancelled"),
            forTimedOut,
            retention(tombstones, "tombstones")),
        archive == null ? Boolean.parseBoolean(required("archive")) : archive,
        batch == null ? Integer.parseInt(required("batch")) : batch);
  }

  private CleanUp.Removed removeAll(CleanUp cleanUp, Connection connection) throws SQLException {
    CleanUp.Removed all = CleanUp.Removed.NOTHING;
    try {
      while (all.more()) {
        all = all.and(cleanUp.batch(connection));
      }
    } catch (SQLException e) {
      if (all.runs() > 0 || all.tombstones() > 0) {
        program.err().println("%s before it failed".formatted(sentence(all)));
      }
      throw e;
    }
    return all;
  }

  private void printRemoved(CleanUp.Removed removed) {
    if (json) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("runs", removed.runs());
      line.put("logRows", removed.logRows());
      line.put("tombstones", removed.tombstones());
      JsonLines.print(line, program.out());
    } else {
      program.out().println(sentence(removed));
    }
  }

  private static String sentence(CleanUp.Removed removed) {
    return "Removed %d runs with %d log rows, and %d expired tombstones"
        .formatted(removed.runs(), removed.logRows(), removed.tombstones());
  }

  private void printDue(CleanUp.Due due) {
    if (json) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("what", due.what());
      line.put("count", due.count());
      line.put("oldest", due.oldest());
      JsonLines.print(line, program.out());
    } else {
      program
          .out()
          .println(
              "%s: %d%s"
                  .formatted(
                      due.what().replace('_', '-'),
                      due.count(),
                      due.oldest() == null ? "" : ", the oldest of " + due.oldest()));
    }
  }

  private String retention(String option, String name) {
    return option == null ? required(name) : option;
  }

  private String required(String name) {
    String text = setting(name);
    if (text == null) {
      throw new Refusal(
          "How to clean up is not configured: cleanup.%s is neither set nor in maintenance/maintenance.properties of the routes. Set it, or give --%s"
              .formatted(name, name));
    }
    MaintenanceSettings.mistake("cleanup." + name, text)
        .ifPresent(
            mistake -> {
              throw new Refusal(mistake);
            });
    return text.strip();
  }

  private String setting(String name) {
    return program.routeSetting(SETTINGS, "cleanup." + name);
  }
}
