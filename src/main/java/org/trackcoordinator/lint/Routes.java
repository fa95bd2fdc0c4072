package org.trackcoordinator.lint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.Node;
import org.trackcoordinator.workflow.Position;
import org.trackcoordinator.workflow.Problem;
import org.trackcoordinator.workflow.WorkflowFiles;

/** The routes of a folder, and what they do with the coordinator. */
public final class Routes {

  /** Steps in choices in splits: about five levels of YAML each. */
  private static final int DEEPEST = 200;

  /** What tells a folder of routes from others: see {@code RoutesFolder}. */
  private static final String ERRORS = "errors.camel.yaml";

  private static final String KAMELET = ".kamelet.yaml";
  private static final Set<String> NO_ROUTES = Set.of("workflows", "sql");
  private static final Set<String> FOLDERS_READ =
      Set.of("coordinator", "maintenance", "tracks", "api");

  private final Path folder;
  private final List<Problem> unreadable = new ArrayList<>();
  private final List<Use> uses = new ArrayList<>();
  private final List<Route> asleep = new ArrayList<>();

  private Routes(Path folder) {
    this.folder = folder;
  }

  /**
   * Reads all routes and kamelets of a folder.
   *
   * @param settings the value of a placeholder's key; null if it has none
   * @return empty if there is no such folder, or no route in it
   */
  public static Optional<Routes> read(Path folder, UnaryOperator<String> settings) {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    Routes routes = new Routes(folder);
    return routes.read(new Placeholders(settings)) ? Optional.of(routes) : Optional.empty();
  }

  private boolean read(Placeholders settings) {
    Map<String, Kamelet> kamelets = new HashMap<>();
    Set<String> templates = new TreeSet<>();
    List<Route> all = new ArrayList<>();
    List<Path> files = files();
    for (Path file : files) {
      try {
        Node root = WorkflowFiles.nodes(file, DEEPEST);
        RouteReader reader = RouteReader.of(file.toString(), isRead(file), root);
        all.addAll(reader.routes());
        templates.addAll(reader.templates());
        if (reader.kamelet() != null) {
          kamelets.put(reader.kamelet().name(), reader.kamelet());
        }
      } catch (InvalidWorkflowException e) {
        unreadable.addAll(e.problems());
      }
    }
    templates.addAll(kameletNames(files));
    UseReader reader =
        new UseReader(kamelets, hasOtherKamelets(settings) ? null : templates, settings);
    for (Route route : all) {
      uses.addAll(reader.uses(route));
      if (!reader.startsItself(route)) {
        asleep.add(route);
      }
    }
    return !files.isEmpty();
  }

  private List<Path> files() {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.toString().endsWith(".yaml"))
          .filter(file -> !NO_ROUTES.contains(folder.relativize(file).getName(0).toString()))
          .filter(Files::isRegularFile)
          .filter(Routes::holdsSomething)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What Camel finds when a route names it. */
  private List<String> kameletNames(List<Path> files) {
    Path kamelets = folder.resolve("kamelets");
    return files.stream()
        .filter(file -> file.getParent().equals(kamelets))
        .map(file -> file.getFileName().toString())
        .filter(name -> name.endsWith(KAMELET))
        .map(name -> name.substring(0, name.length() - KAMELET.length()))
        .toList();
  }

  /** A running instance has the setting for its own folder. */
  private boolean hasOtherKamelets(Placeholders settings) {
    String location = settings.fill("{{camel.component.kamelet.location}}");
    return Placeholders.isKnown(location)
        && !location.equals("file:" + folder.resolve("kamelets").toAbsolutePath().normalize());
  }

  /** Kamelets are read when a route names them. */
  private boolean isRead(Path file) {
    Path inside = folder.relativize(file);
    return inside.toString().equals(ERRORS)
        || (inside.getNameCount() == 2
            && FOLDERS_READ.contains(inside.getName(0).toString())
            && inside.toString().endsWith(".camel.yaml"));
  }

  private static boolean holdsSomething(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.anyMatch(line -> !line.isBlank() && !line.strip().startsWith("#"));
    } catch (IOException | UncheckedIOException e) {
      return true; // why it can't be read is said when it is
    }
  }

  /** As it was named. */
  String folder() {
    return folder.toString();
  }

  /** Whether {@code run} takes this folder, rather than the routes that the jar brings. */
  boolean isTaken() {
    return Files.isRegularFile(folder.resolve(ERRORS));
  }

  Place place() {
    return new Place(folder.toString(), Position.NOWHERE, "");
  }

  List<Problem> unreadable() {
    return unreadable;
  }

  /** What all routes do, also those that {@code run} does not read. */
  List<Use> uses() {
    return uses;
  }

  /** What the routes do that {@code run} reads. */
  <T extends Use> List<T> uses(Class<T> kind) {
    return uses.stream()
        .filter(use -> use.route().read())
        .filter(kind::isInstance)
        .map(kind::cast)
        .toList();
  }

  boolean startsItself(Route route) {
    return !asleep.contains(route);
  }
}
