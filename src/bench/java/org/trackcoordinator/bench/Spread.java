package org.trackcoordinator.bench;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/** The median of some figures, and the least and the greatest. */
record Spread(double median, double min, double max) {

  static Spread of(Collection<Double> figures) {
    double[] sorted = figures.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    if (sorted.length == 0) {
      return new Spread(Double.NaN, Double.NaN, Double.NaN);
    }
    int half = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return new Spread(median, sorted[0], Arrays.stream(sorted).max().orElseThrow());
  }

  /** As text: {@code 7,300 (6,900-8,100)}. */
  String text(String format) {
    return Double.isNaN(median)
        ? "-"
        : String.format(Locale.ROOT, format + " (" + format + "-" + format + ")", median, min, max);
  }

  /** Only the median, or a dash where nothing was measured. */
  String medianText(String format) {
    return Double.isNaN(median) ? "-" : String.format(Locale.ROOT, format, median);
  }
}
