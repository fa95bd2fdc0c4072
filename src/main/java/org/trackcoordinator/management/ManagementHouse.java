package org.trackcoordinator.management;

import java.util.Set;
import java.util.regex.Pattern;
import org.trackcoordinator.doors.House;

/** The doors of the management port, and the paths that it knows. */
final class ManagementHouse implements House {

  static final String HEALTH = "/observe/health";
  static final String LIVE = "/observe/health/live";
  static final String READY = "/observe/health/ready";
  static final String METRICS = "/observe/metrics";
  static final String HAWTIO = "/hawtio/";
  static final String JOLOKIA = "/hawtio/jolokia/";

  /** What asks for these is often given no header to send along. */
  private static final Set<String> OPEN = Set.of(LIVE, READY);

  private static final Pattern ODD = Pattern.compile("[^/A-Za-z0-9._-]|/[/.]|/$");

  @Override
  public String name() {
    return "The management port";
  }

  @Override
  public String portVariable() {
    return "TRACKS_MANAGEMENT_PORT";
  }

  /** After the name of Jolokia comes what it alone understands. */
  @Override
  public boolean isOdd(String path) {
    return !path.equals(HAWTIO) && !path.startsWith(JOLOKIA) && ODD.matcher(path).find();
  }

  @Override
  public boolean isOpen(String path) {
    return OPEN.contains(path);
  }

  @Override
  public boolean isPage(String path) {
    return path.startsWith(HAWTIO) && !(path + "/").startsWith(JOLOKIA);
  }

  /** Hawtio calls it {@code text/json}. */
  @Override
  public Set<String> bodyTypes() {
    return Set.of("application/json", "text/json");
  }

  @Override
  public boolean takesPasswords() {
    return true;
  }
}
