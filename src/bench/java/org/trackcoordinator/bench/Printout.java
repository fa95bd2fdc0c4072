package org.trackcoordinator.bench;

import java.io.PrintWriter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.trackcoordinator.cli.Table;

/** Outcomes as tables, for people. */
final class Printout {

  private static final String COUNT = "%,.0f";

  private final PrintWriter out;

  Printout(PrintWriter out) {
    this.out = out;
  }

  /** What is measured, and where. */
  void begin(Map<String, String> server, Plan plan) {
    Map<String, Object> machine = Machine.describe();
    out.printf(
        Locale.ROOT,
        "PostgreSQL %s, Java %s, %s, %s cores; %d rounds of %.2f of the full work%n",
        server.get("server_version"),
        System.getProperty("java.version"),
        machine.get("processor"),
        machine.get("cores"),
        plan.rounds(),
        plan.share());
    out.print(Machine.disturbance());
    out.println();
  }

  void print(Scenario scenario, Outcome outcome) {
    out.println();
    out.println(scenario.name() + ": " + scenario.question());
    out.println();
    if (!outcome.getRounds().isEmpty()) {
      printRounds(outcome);
    }
    if (!outcome.getRatios().isEmpty()) {
      printRatios(outcome.getRatios());
    }
    if (!outcome.getFigures().isEmpty()) {
      printFigures(outcome.getFigures());
    }
    outcome.getNotes().forEach(out::println);
    out.flush();
  }

  private void printRounds(Outcome outcome) {
    Set<String> names = new LinkedHashSet<>();
    outcome.getRounds().forEach(round -> names.add(round.candidate()));
    String[] numbers = {
      "hops/s", "rounds", "client µs/hop", "server µs/hop", "WAL B/hop", "no pages", "stmts/hop"
    };
    Table table =
        new Table(
                "",
                numbers[0],
                numbers[1],
                numbers[2],
                numbers[3],
                numbers[4],
                numbers[5],
                numbers[6])
            .right(numbers);
    for (String name : names) {
      List<Measured> rounds = outcome.counted(name);
      table.row(
          name,
          spread(rounds, Measured::getHopsPerSecond).text(COUNT),
          rounds.size(),
          spread(rounds, round -> round.cost().clientMicros()).medianText("%.1f"),
          spread(rounds, round -> round.cost().serverMicros()).medianText("%.1f"),
          spread(rounds, round -> round.cost().walBytes()).medianText(COUNT),
          spread(rounds, round -> round.cost().walBytesWithoutPages()).medianText(COUNT),
          spread(rounds, round -> round.cost().statements()).medianText("%.3f"));
    }
    table.print(out);
    out.println();
  }

  private void printRatios(List<Ratio> ratios) {
    Table table = new Table("ratio", "median (min-max)", "target", "").right("median (min-max)");
    for (Ratio ratio : ratios) {
      table.row(
          ratio.target().candidate() + " / " + ratio.target().baseline(),
          ratio.spread().text("%.2f"),
          ratio.target().atLeast() == null ? "" : "≥ " + ratio.target().atLeast(),
          verdict(ratio.getMet()));
    }
    table.print(out);
    out.println();
  }

  private void printFigures(List<Outcome.Figure> figures) {
    Table table = new Table("figure", "measured", "target", "").right("measured");
    for (Outcome.Figure figure : figures) {
      table.row(
          figure.name(),
          String.format(Locale.ROOT, "%,.2f %s", figure.value(), figure.unit()),
          figure.atMost() == null
              ? ""
              : String.format(
                  Locale.ROOT,
                  figure.atMost() < 10 ? "≤ %.1f %s" : "≤ %,.0f %s",
                  figure.atMost(),
                  figure.unit()),
          verdict(figure.getMet()));
    }
    table.print(out);
    out.println();
  }

  private static Spread spread(List<Measured> rounds, ToDoubleFunction<Measured> figure) {
    return Spread.of(rounds.stream().mapToDouble(figure).boxed().toList());
  }

  private static String verdict(Boolean met) {
    return met == null ? "" : met ? "met" : "falls short";
  }
}
