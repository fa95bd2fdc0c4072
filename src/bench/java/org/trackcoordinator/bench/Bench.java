package org.trackcoordinator.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures how fast the coordinator is, against what the same SQL, the bare rows and its peers
 * reach on the same machine in the same minutes. Prints tables and writes all rounds as JSON. Exit
 * code 0 when all was measured, whether the targets are met or not.
 */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures how fast the coordinator is; see docs/performance.md.")
public final class Bench implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--quick",
      description =
          "Only the first four scenarios, in fewer rounds of less work: about two minutes.")
  private boolean quick;

  @Option(
      names = "--soak",
      description = "Only what takes long: growth, snapshot and churn; about 20 minutes.")
  private boolean soak;

  @Option(names = "--only", split = ",", description = "Only these scenarios.")
  private List<String> only = List.of();

  @Option(names = "--rounds", description = "Rounds that count; 5, or 3 with --quick.")
  private Integer rounds;

  @Option(
      names = "--share",
      description = "Share of the full work of each round; 1, or 0.2 with --quick.")
  private Double share;

  @Option(names = "--json", description = "Where all rounds go; ${DEFAULT-VALUE}.")
  private Path json = Path.of("target", "bench.json");

  @Option(
      names = "--url",
      description =
          "JDBC URL of a server of your own, with the login of somebody who may create databases;"
              + " without it an embedded one is started.")
  private String url;

  @Option(
      names = "--statements",
      description = "Prints the statements that took longest in the last round.")
  private boolean statements;

  @Option(names = "--list", description = "Lists the scenarios and ends.")
  private boolean list;

  /** Runs it and ends the process. */
  public static void main(String[] arguments) {
    CommandLine commands = new CommandLine(new Bench());
    commands.setExecutionExceptionHandler(
        (failure, command, result) -> {
          if (failure instanceof UnfitServerException) {
            command.getErr().println(failure.getMessage());
            return 1;
          }
          throw failure;
        });
    System.exit(commands.execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    if (list) {
      Scenarios.known().forEach(s -> out.println(s.name() + ": " + s.question()));
      return 0;
    }
    List<Scenario> scenarios = scenarios();
    Plan plan =
        (quick ? Plan.QUICK : Plan.FULL)
            .withRounds(rounds)
            .withShare(share)
            .withStatements(statements);
    try (BenchServer server = server();
        BenchDatabase database = BenchDatabase.create(server)) {
      measure(scenarios, database, plan, out);
    }
    return 0;
  }

  private void measure(List<Scenario> scenarios, BenchDatabase database, Plan plan, PrintWriter out)
      throws Exception {
    JsonReport report = new JsonReport(plan, database.settings());
    Printout printout = new Printout(out);
    printout.begin(database.settings(), plan);
    try (Ground ground = Ground.emptied(database);
        Meter meter = new Meter(database)) {
      Bed bed = new Bed(database, ground, meter, plan);
      for (Scenario scenario : scenarios) {
        System.err.println(scenario.name());
        Outcome outcome = scenario.measure(bed);
        printout.print(scenario, outcome);
        report.add(scenario, outcome);
        report.write(json); // what is measured is kept whatever comes next
      }
    }
    out.println("All rounds are in " + json);
  }

  private List<Scenario> scenarios() {
    if (soak) {
      return Scenarios.soak();
    }
    if (only.isEmpty()) {
      return quick ? Scenarios.quick() : Scenarios.all();
    }
    try {
      return Scenarios.named(only);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private BenchServer server() throws IOException, SQLException {
    return url == null ? BenchServer.embedded() : BenchServer.at(url);
  }
}
