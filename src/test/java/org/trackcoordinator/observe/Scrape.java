package org.trackcoordinator.observe;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.trackcoordinator.coordinator.Coordinator;

/** One answer in the text format of Prometheus, read. */
public final class Scrape {

  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_]\\w*)=\"((?:\\\\.|[^\"\\\\])*)\"");
  private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");

  private final Map<String, Map<Map<String, String>, Double>> samples = new LinkedHashMap<>();
  private final Map<String, String> types = new LinkedHashMap<>();

  public static Scrape of(Coordinator coordinator) {
    return new Scrape(coordinator.metrics().scrape());
  }

  /**
   * @throws IllegalArgumentException if a line is not of the format
   */
  public Scrape(String text) {
    for (String line : text.lines().toList()) {
      Matcher type = TYPE.matcher(line);
      Matcher sample = SAMPLE.matcher(line);
      if (type.matches()) {
        types.put(type.group(1), type.group(2));
      } else if (sample.matches()) {
        Map<String, String> labels = new HashMap<>();
        if (sample.group(2) != null) {
          Matcher label = LABEL.matcher(sample.group(2));
          while (label.find()) {
            labels.put(label.group(1), label.group(2));
          }
        }
        samples
            .computeIfAbsent(sample.group(1), name -> new LinkedHashMap<>())
            .put(labels, Double.parseDouble(sample.group(3).replace("+Inf", "Infinity")));
      } else if (!line.startsWith("# HELP ")) {
        throw new IllegalArgumentException("not of the format: " + line);
      }
    }
  }

  /** The names of all samples, such as {@code tracks_batch_size_bucket}. */
  public Set<String> names() {
    return samples.keySet();
  }

  /** The names as their types are declared, such as {@code tracks_batch_size}. */
  public Map<String, String> types() {
    return types;
  }

  /** The names of the labels that samples of this name have. */
  public Set<String> labels(String name) {
    Set<String> labels = new TreeSet<>();
    samples.getOrDefault(name, Map.of()).keySet().forEach(each -> labels.addAll(each.keySet()));
    return labels;
  }

  /** The values of a label. */
  public Set<String> values(String name, String label) {
    Set<String> values = new TreeSet<>();
    samples.getOrDefault(name, Map.of()).keySet().forEach(each -> values.add(each.get(label)));
    return values;
  }

  /**
   * The sum of the samples that have these labels; NaN if there is none.
   *
   * @param labels name, value, name, value …
   */
  public double value(String name, String... labels) {
    double sum = 0;
    boolean any = false;
    for (var sample : samples.getOrDefault(name, Map.of()).entrySet()) {
      boolean matches = true;
      for (int i = 0; i < labels.length; i += 2) {
        matches &= labels[i + 1].equals(sample.getKey().get(labels[i]));
      }
      if (matches) {
        any = true;
        sum += sample.getValue();
      }
    }
    return any ? sum : Double.NaN;
  }
}
