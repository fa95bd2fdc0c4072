package org.trackcoordinator.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A thing beside the JDK and Maven that some test needs; {@code .ci/run} installs them all. */
public enum Tool {
  /** The server's programs, {@code postgres} and {@code initdb} among them. */
  POSTGRESQL_15("postgresql-15", List.of(Tool.DEBIAN + "bin/postgres")),
  PG_CRON("postgresql-15-cron", List.of(Tool.DEBIAN + "lib/pg_cron.so")),
  PGBOUNCER("pgbouncer", List.of("/usr/sbin/pgbouncer", "pgbouncer")),
  PSQL("postgresql-client-15", List.of("psql")),
  BASH("bash", List.of("bash")),
  CURL("curl", List.of("curl")),
  NODE("nodejs", List.of("node", "nodejs")),
  /** Gives a program a terminal; that of util-linux. */
  SCRIPT("bsdutils", List.of("script")),
  /** The compiler of TypeScript. */
  TSC("node-typescript", List.of("tsc")),
  CHROMIUM("chromium", List.of("chromium")),
  /** What drives Chromium, and what judges accessibility: see {@code src/test/browser}. */
  PLAYWRIGHT(
      Tool.NPM + " src/test/browser", List.of("src/test/browser/node_modules/playwright-core")),
  /** What Kaoto writes YAML with: see {@code src/test/kaoto}. */
  KAOTO_YAML(Tool.NPM + " src/test/kaoto", List.of("src/test/kaoto/node_modules/yaml"));

  private static final String DEBIAN = "/usr/lib/postgresql/15/";
  private static final String NPM = "npm ci --prefix";

  private final String source;
  private final List<String> places;

  /**
   * @param source a package of Debian, or the command that brings it
   */
  Tool(String source, List<String> places) {
    this.source = source;
    this.places = places;
  }

  /** The name in {@code -Dtracks.require=}: {@code pg-cron}. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How to get these, for people. */
  static String howToGet(List<Tool> tools) {
    List<String> packages =
        tools.stream().filter(tool -> !tool.isOfNpm()).map(tool -> tool.source).toList();
    Stream<String> debian =
        packages.isEmpty()
            ? Stream.empty()
            : Stream.of("on Debian: apt-get install " + String.join(" ", packages));
    return Stream.concat(debian, tools.stream().filter(Tool::isOfNpm).map(tool -> tool.source))
        .collect(Collectors.joining("; "));
  }

  private boolean isOfNpm() {
    return source.startsWith(NPM);
  }

  /** Where it is on this machine. */
  Optional<Path> find() {
    return places.stream().flatMap(Tool::candidates).filter(Files::exists).findFirst();
  }

  /**
   * Where it is on this machine; ask only where {@link Needs} has made sure that it is.
   *
   * @throws IllegalStateException if it is not
   */
  public Path path() {
    return find()
        .orElseThrow(
            () -> new IllegalStateException(label() + " is not here; the test lacks @Needs"));
  }

  private static Stream<Path> candidates(String place) {
    if (place.contains("/")) {
      return Stream.of(Path.of(place));
    }
    String folders = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(folders.split(File.pathSeparator)).map(folder -> Path.of(folder, place));
  }
}
