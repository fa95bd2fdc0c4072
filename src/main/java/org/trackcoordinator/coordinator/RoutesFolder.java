package org.trackcoordinator.coordinator;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/**
 * Where the routes are read from: a folder on disk that a user may edit, or, where there is none,
 * the one that the jar brings. Both are laid out alike.
 */
public final class RoutesFolder {

  private final String prefix;
  private final URL root;
  private final Path folder; // null in the jar

  private RoutesFolder(String prefix, URL root, Path folder) {
    this.prefix = prefix;
    this.root = root;
    this.folder = folder;
  }

  /**
   * @param folder read from disk if it is a folder of routes (it has {@code errors.camel.yaml})
   */
  public static RoutesFolder at(Path folder) {
    if (!Files.isRegularFile(folder.resolve("errors.camel.yaml"))) {
      return packaged();
    }
    try {
      Path absolute = folder.toAbsolutePath().normalize();
      return new RoutesFolder("file:" + absolute, absolute.toUri().toURL(), absolute);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The routes in the jar. */
  public static RoutesFolder packaged() {
    URL errors = RoutesFolder.class.getClassLoader().getResource("routes/errors.camel.yaml");
    if (errors == null) {
      throw new IllegalStateException(
          "the jar has no routes: it was not built by this project's pom");
    }
    try {
      return new RoutesFolder("classpath:routes", new URL(errors, "."), null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The folder on disk; empty if the routes are those in the jar. */
  Optional<Path> onDisk() {
    return Optional.ofNullable(folder);
  }

  /**
   * For Camel: all files of a sub-folder with this ending, or of the folder itself if it is empty.
   */
  String all(String subFolder, String ending) {
    return location(subFolder) + "/*" + ending;
  }

  String location(String subFolder) {
    return subFolder.isEmpty() ? prefix : prefix + "/" + subFolder;
  }

  /**
   * The settings that lie beside the routes of a sub-folder, {@code <sub-folder>.properties}; empty
   * if there are none.
   */
  public Properties settings(String subFolder) {
    Properties settings = new Properties();
    try (InputStream file =
        new URL(root, subFolder + "/" + subFolder + ".properties").openStream()) {
      settings.load(new InputStreamReader(file, StandardCharsets.UTF_8));
    } catch (FileNotFoundException e) {
      // a folder without settings
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return settings;
  }

  /** What may not be missing: this folder's own, or the one that the jar brings. */
  public URL file(String path) {
    try {
      URL own = new URL(root, path);
      try (InputStream file = own.openStream()) {
        return own;
      } catch (FileNotFoundException e) {
        return new URL(packaged().root, path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether there is a sub-folder with settings of its own. */
  public boolean has(String subFolder) {
    return !settings(subFolder).isEmpty();
  }

  /** Finds {@code classpath:sql/…} in this folder, without looking into each library before. */
  ClassLoader classLoader(ClassLoader parent) {
    return new URLClassLoader("routes", new URL[] {root}, parent) {
      @Override
      public URL getResource(String name) {
        URL own = name.startsWith("sql/") ? findResource(name) : null;
        return own == null ? super.getResource(name) : own;
      }
    };
  }

  @Override
  public String toString() {
    return prefix;
  }
}
