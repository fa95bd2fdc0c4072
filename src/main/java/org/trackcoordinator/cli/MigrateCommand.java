package org.trackcoordinator.cli;

import java.io.PrintWriter;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Migrations;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(name = "migrate", description = "Bring the database's schema up to date, and exit.")
final class MigrateCommand implements Subcommand {

  @ParentCommand private TrackCoordinator program;

  @Override
  public Integer call() {
    try (Database database = program.database()) {
      Migrations.Report report = Migrations.migrate(database.plain());
      PrintWriter out = program.out();
      report.applied().forEach(file -> out.println("applied " + file));
      out.printf(
          "%s: %s%n",
          database.description(),
          report
              .newer()
              .map("the schema is of the newer version %s; nothing done"::formatted)
              .orElseGet(() -> "the schema is at migration " + report.current().orElse("none")));
      out.flush();
      return 0;
    }
  }
}
