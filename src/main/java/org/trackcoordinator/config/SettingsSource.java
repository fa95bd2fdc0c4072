package org.trackcoordinator.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * One place where keys can be set.
 *
 * @param place how messages call it
 * @param environment whether the keys have their environment names
 * @param values all keys found there, also those of others
 */
record SettingsSource(String place, boolean environment, Map<String, String> values) {

  static final String FILE_NAME = "application.properties";

  static SettingsSource environment(Map<String, String> variables) {
    return new SettingsSource("the environment", true, variables);
  }

  static SettingsSource properties(String place, Properties properties) {
    Map<String, String> values = new TreeMap<>();
    properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
    return new SettingsSource(place, false, values);
  }

  /**
   * The {@code application.properties} of a folder, in UTF-8; empty if there is none.
   *
   * @throws InvalidSettingsException if the file cannot be read
   */
  static SettingsSource file(Path directory) {
    Path file = directory.resolve(FILE_NAME);
    Properties properties = new Properties();
    if (Files.exists(file)) {
      try (Reader reader = Files.newBufferedReader(file)) {
        properties.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw InvalidSettingsException.unreadable(file.toString(), e);
      }
    }
    return properties(file.toString(), properties);
  }

  /** The {@code application.properties} on the class path; empty if there is none. */
  static SettingsSource classpath() {
    String place = FILE_NAME + " on the class path";
    Properties properties = new Properties();
    try (InputStream stream =
        SettingsSource.class.getClassLoader().getResourceAsStream(FILE_NAME)) {
      if (stream != null) {
        properties.load(new InputStreamReader(stream, StandardCharsets.UTF_8));
      }
    } catch (IOException | IllegalArgumentException e) {
      throw InvalidSettingsException.unreadable(place, e);
    }
    return properties(place, properties);
  }

  String key(Setting setting) {
    return environment ? setting.variable() : setting.property();
  }

  String fileKey(Setting setting) {
    return key(setting) + (environment ? "_FILE" : ".file");
  }

  /** Whether a key is one that only this program reads, so that an unknown one is a mistake. */
  boolean ours(String key) {
    return key.startsWith("TRACKS_") || (!environment && key.startsWith("tracks."));
  }
}
