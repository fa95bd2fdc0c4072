package org.trackcoordinator.bench;

import java.util.ArrayList;
import java.util.List;

/** What a scenario found. */
final class Outcome {

  private final List<Measured> rounds = new ArrayList<>();
  private final List<Ratio> ratios = new ArrayList<>();
  private final List<Figure> figures = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /**
   * A figure that is no ratio.
   *
   * @param name what it is
   * @param value in its unit
   * @param unit of the value and the limit
   * @param atMost what the issue wants; null if nothing
   */
  record Figure(String name, double value, String unit, Double atMost) {

    public Boolean getMet() {
      return atMost == null ? null : value <= atMost;
    }
  }

  Outcome add(List<Measured> measured) {
    rounds.addAll(measured);
    return this;
  }

  /** Compares two candidates round by round. */
  Outcome compare(Target target) {
    List<Double> baseline = speeds(target.baseline());
    List<Double> candidate = speeds(target.candidate());
    List<Double> quotients = new ArrayList<>();
    for (int round = 0; round < Math.min(baseline.size(), candidate.size()); round++) {
      quotients.add(candidate.get(round) / baseline.get(round));
    }
    ratios.add(new Ratio(target, quotients, Spread.of(quotients)));
    return this;
  }

  Outcome add(Figure figure) {
    figures.add(figure);
    return this;
  }

  /** Something that who reads the figures has to know. */
  Outcome note(String text) {
    notes.add(text);
    return this;
  }

  /** All rounds, those that warm up too. */
  public List<Measured> getRounds() {
    return rounds;
  }

  public List<Ratio> getRatios() {
    return ratios;
  }

  public List<Figure> getFigures() {
    return figures;
  }

  public List<String> getNotes() {
    return notes;
  }

  /** The rounds of a candidate that count. */
  List<Measured> counted(String candidate) {
    return rounds.stream()
        .filter(round -> round.round() > 0 && round.candidate().equals(candidate))
        .toList();
  }

  private List<Double> speeds(String candidate) {
    return counted(candidate).stream().map(Measured::getHopsPerSecond).toList();
  }
}
