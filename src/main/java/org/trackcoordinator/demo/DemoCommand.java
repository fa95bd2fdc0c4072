package org.trackcoordinator.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.trackcoordinator.cli.ExecutionChain;
import org.trackcoordinator.cli.Subcommand;
import org.trackcoordinator.cli.TrackCoordinator;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;
import org.trackcoordinator.database.EmbeddedDatabase;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.operations.DatabaseOperations;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** The sample workflow from a mailbox to the books, on a database of its own. */
@Command(
    name = "demo",
    description = {
      "Run the sample workflow invoice-intake end to end: a mailbox with invoices, a new embedded PostgreSQL, a stand-in for freee.",
      "Exit 1 if the books do not match the mailbox."
    })
public final class DemoCommand implements Subcommand {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);
  private static final String WORKFLOW = "invoice-intake.yaml";

  @ParentCommand private TrackCoordinator program;

  @Override
  public Integer call() throws Exception {
    var report = new DemoReport(program.out());
    var folder = Files.createTempDirectory("track-coordinator-demo-");
    try (var mailbox = new DemoMailbox();
        var freee = new FreeeStub()) {
      for (var mail : DemoMails.all()) {
        mailbox.deliver(mail);
      }
      report.say(
          "A mailbox with %d mails waits on IMAP port %s.",
          mailbox.mails().size(), mailbox.properties().get("gmail.port"));
      try (var database = Databases.of(EmbeddedDatabase.temporary())) {
        Migrations.migrate(database.plain());
        report.say("A new PostgreSQL is migrated: %s", database.description());
        return coordinate(database, settings(mailbox, freee, folder), mailbox, freee, report)
            ? 0
            : 1;
      }
    } finally {
      report.say("%nThe stored and filed documents are in %s", folder);
    }
  }

  private static Properties settings(DemoMailbox mailbox, FreeeStub freee, Path folder) {
    var settings = new Properties();
    settings.putAll(mailbox.properties());
    settings.putAll(freee.properties());
    settings.put("drive.endpoint", "file:" + folder.resolve("drive") + "?tempPrefix=.uploading-");
    settings.put("file-management.source", "file:" + folder.resolve("drive"));
    settings.put("file-management.target", "file:" + folder.resolve("documents"));
    return settings;
  }

  private boolean coordinate(
      Database database,
      Properties settings,
      DemoMailbox mailbox,
      FreeeStub freee,
      DemoReport report)
      throws Exception {
    var routes = RoutesFolder.at(program.settings().routes());
    try (var coordinator =
        new Coordinator(database.pool(), database.plain(), routes)
            .watching(database.contact())
            .withTracks()
            .with(settings)) {
      new DefinitionStore(database.pool(), coordinator.instance()).makeCurrent(workflow());
      database.beforeClose(coordinator::close);
      coordinator.start();
      report.say("The coordinator runs: gmail -> drive -> file-management -> freee.");
      var runs = waitForTheEnd(database, mailbox, report);
      return report(database, runs, mailbox, freee, report);
    }
  }

  /** The file on disk, which the user may have changed, or the one in the jar. */
  private Definition workflow() throws IOException {
    var file = program.settings().workflows().resolve(WORKFLOW);
    if (Files.isRegularFile(file)) {
      return WorkflowFiles.read(file);
    }
    try (var stream = DemoCommand.class.getResourceAsStream("/routes/workflows/" + WORKFLOW)) {
      return WorkflowFiles.parse(
          WORKFLOW, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  /** Until every mail is taken and every run is final. */
  private static List<DemoRun> waitForTheEnd(
      Database database, DemoMailbox mailbox, DemoReport report) throws Exception {
    var begin = System.nanoTime();
    var told = "";
    while (true) {
      var unseen = mailbox.unseen();
      var runs = runs(database);
      var passed = Duration.ofNanos(System.nanoTime() - begin);
      var completed = runs.stream().filter(DemoRun::isCompleted).count();
      var failed = runs.stream().filter(run -> run.isFinal() && !run.isCompleted()).count();
      var progress =
          "%2d unseen mails, %2d runs: %2d running, %2d completed, %d failed"
              .formatted(unseen, runs.size(), runs.size() - completed - failed, completed, failed);
      if (!progress.equals(told)) {
        report.say("%5.1f s  %s", passed.toMillis() / 1000.0, progress);
        told = progress;
      }
      if (unseen == 0 && runs.stream().allMatch(DemoRun::isFinal)) {
        return runs;
      }
      if (passed.compareTo(PATIENCE) > 0) {
        report.say("NOT DONE after %d s", PATIENCE.toSeconds());
        return runs;
      }
      Thread.sleep(BETWEEN_LOOKS.toMillis());
    }
  }

  private static List<DemoRun> runs(Database database) throws SQLException {
    try (var connection = database.plain().getConnection()) {
      return DemoRun.all(connection);
    }
  }

  private static boolean report(
      Database database,
      List<DemoRun> runs,
      DemoMailbox mailbox,
      FreeeStub freee,
      DemoReport report)
      throws Exception {
    var operations = new DatabaseOperations(database);
    List<String> findings;
    try (var connection = database.plain().getConnection()) {
      for (var run : runs) {
        report.chain(run, ExecutionChain.read(operations, run.correlationId()));
      }
      findings = DemoRun.findings(connection);
    }
    var books = Bookkeeping.compare(mailbox.mails(), freee.deals());
    report.books(books);
    var completed = runs.stream().filter(DemoRun::isCompleted).count();
    var failed = runs.stream().filter(run -> run.isFinal() && !run.isCompleted()).count();
    report.say(
        "%n%d mails, one of them twice and one without a readable invoice: %d runs, %d completed, %d failed.",
        mailbox.mails().size(), runs.size(), completed, failed);
    report.say(
        "Audit of the stored data: %s",
        findings.isEmpty() ? "nothing to find fault with" : String.join("; ", findings));
    var good =
        books.balances()
            && findings.isEmpty()
            && completed == books.invoices()
            && failed == 1
            && runs.size() == completed + failed;
    report.say("%s", good ? "The demo went as it should." : "THE DEMO DID NOT GO AS IT SHOULD.");
    return good;
  }
}
