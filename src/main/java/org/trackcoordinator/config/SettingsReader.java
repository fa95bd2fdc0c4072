package org.trackcoordinator.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Reads known keys from several places, the first of which wins, and collects every mistake. */
final class SettingsReader {

  private final Path directory;
  private final List<SettingsSource> sources;
  private final Map<Setting, Found> found = new EnumMap<>(Setting.class);
  private final List<String> problems = new ArrayList<>();

  SettingsReader(Path directory, List<SettingsSource> sources) {
    this.directory = directory;
    this.sources = sources;
    sources.forEach(this::refuseUnknownKeys);
    for (Setting setting : Setting.values()) {
      sources.stream()
          .map(source -> find(setting, source))
          .flatMap(Optional::stream)
          .findFirst()
          .ifPresent(value -> found.put(setting, value));
    }
  }

  /** Where a setting's text was found. */
  private record Found(String key, String text, String place) {}

  /** A setting's value, or empty if it is not set or the parser found nothing in it. */
  <T> Optional<T> read(Setting setting, String allowed, Function<String, Optional<T>> parser) {
    Found value = found.get(setting);
    if (value == null) {
      return Optional.empty();
    }
    Optional<T> parsed = parser.apply(value.text());
    if (parsed.isEmpty()) {
      refuse(setting, allowed);
    }
    return parsed;
  }

  boolean isSet(Setting setting) {
    return found.containsKey(setting);
  }

  /** Notes a mistake in a setting that is set. */
  void refuse(Setting setting, String allowed) {
    Found value = found.get(setting);
    String shown = setting.secret() ? "" : "=" + Secrets.hidden(value.text());
    problems.add(
        "%s%s (set in %s) is not valid: %s".formatted(value.key(), shown, value.place(), allowed));
  }

  /** Notes a mistake that is not one setting's own. */
  void refuse(String problem) {
    problems.add(problem);
  }

  /** All keys of property files that are not ours, the first place winning. */
  Properties others() {
    Properties others = new Properties();
    for (SettingsSource source : sources) {
      if (!source.environment()) {
        source.values().forEach((key, value) -> addOther(others, source, key, value));
      }
    }
    return others;
  }

  void throwIfInvalid() {
    if (!problems.isEmpty()) {
      throw new InvalidSettingsException(problems);
    }
  }

  private static void addOther(Properties others, SettingsSource source, String key, String value) {
    if (!source.ours(key)) {
      others.putIfAbsent(key, value);
    }
  }

  private Optional<Found> find(Setting setting, SettingsSource source) {
    String key = source.key(setting);
    String fileKey = source.fileKey(setting);
    String direct = source.values().get(key);
    String file = setting.fromFile() ? source.values().get(fileKey) : null;
    if (direct != null && file != null) {
      problems.add(
          "%s and %s are both set in %s; keep one".formatted(key, fileKey, source.place()));
      return Optional.empty();
    }
    Optional<Found> value =
        file == null
            ? Optional.ofNullable(direct).map(text -> new Found(key, text, source.place()))
            : readFile(fileKey, file, source.place());
    // An empty value is more likely a secret that got lost than a wish for the default.
    if (value.isPresent() && value.get().text().isBlank()) {
      problems.add(
          "%s (set in %s) is empty; give it a value or take it away"
              .formatted(value.get().key(), source.place()));
      return Optional.empty();
    }
    return value;
  }

  private Optional<Found> readFile(String key, String file, String place) {
    try {
      String text = Files.readString(directory.resolve(file)).replaceFirst("\\R\\z", "");
      return Optional.of(new Found(key, text, place));
    } catch (IOException | IllegalArgumentException e) {
      problems.add("%s=%s (set in %s) names no readable file".formatted(key, file, place));
      return Optional.empty();
    }
  }

  private void refuseUnknownKeys(SettingsSource source) {
    Set<String> known = new TreeSet<>();
    for (Setting setting : Setting.values()) {
      known.add(source.key(setting));
      if (setting.fromFile()) {
        known.add(source.fileKey(setting));
      }
    }
    for (String key : new TreeSet<>(source.values().keySet())) {
      if (source.ours(key) && !known.contains(key)) {
        problems.add(
            "%s (set in %s) is unknown; %s"
                .formatted(
                    key,
                    source.place(),
                    ClosestName.to(source.environment() ? key : asProperty(key), known)
                        .map(name -> "did you mean " + name + "?")
                        .orElse("known are " + String.join(", ", known))));
      }
    }
  }

  private static String asProperty(String key) {
    return key.toLowerCase(Locale.ROOT).replace('_', '.').replace('-', '.');
  }
}
