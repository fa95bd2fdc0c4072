package org.trackcoordinator.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
  TSC("node-typescript", List.of("tsc"));

  private static final String DEBIAN = "/usr/lib/postgresql/15/";

  private final String debianPackage;
  private final List<String> places;

  Tool(String debianPackage, List<String> places) {
    this.debianPackage = debianPackage;
    this.places = places;
  }

  /** The name in {@code -Dtracks.require=}: {@code pg-cron}. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  String debianPackage() {
    return debianPackage;
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
    if (place.startsWith("/")) {
      return Stream.of(Path.of(place));
    }
    String folders = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(folders.split(File.pathSeparator)).map(folder -> Path.of(folder, place));
  }
}
