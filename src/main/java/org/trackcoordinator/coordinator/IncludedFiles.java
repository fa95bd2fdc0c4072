package org.trackcoordinator.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.main.Main;

/** Which files of the routes folder an instance loads, with the settings that lie beside them. */
final class IncludedFiles {

  private static final String ROUTES = ".camel.yaml";

  private final RoutesFolder routes;
  private final Set<String> folders = new TreeSet<>();
  private final List<String> patterns = new ArrayList<>();
  private final List<String> settings = new ArrayList<>();

  /** Those that no instance can do without. */
  IncludedFiles(RoutesFolder routes) {
    this.routes = routes;
    folders.add("");
    patterns.add(routes.location("") + "/errors" + ROUTES);
    include("coordinator");
    include("maintenance");
    settings.add(routes.location("maintenance") + "/maintenance.properties");
  }

  void tracks() {
    include("tracks");
    settings.add(routes.location("tracks") + "/tracks.properties;optional=true");
  }

  void api() {
    include("api");
    settings.add(routes.location("api") + "/api.properties");
  }

  private void include(String folder) {
    folders.add(folder);
    patterns.add(routes.all(folder, ROUTES));
  }

  /** The folders whose routes are loaded; the routes folder itself is the empty name. */
  Set<String> folders() {
    return folders;
  }

  void loadWith(Main main) {
    main.setPropertyPlaceholderLocations(String.join(",", settings));
    main.addInitialProperty("camel.main.routesIncludePattern", String.join(",", patterns));
    main.addInitialProperty("camel.component.kamelet.location", routes.location("kamelets"));
  }
}
