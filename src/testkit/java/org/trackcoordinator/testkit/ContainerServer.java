package org.trackcoordinator.testkit;

import java.util.Optional;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * A PostgreSQL in a container. Refer to it only where Testcontainers is on the class path: without,
 * this class can't be loaded.
 */
final class ContainerServer implements ServerSource {

  private static final String LOGIN = "postgres";

  private final String image;

  /**
   * @param image such as {@code postgres:18}
   */
  ContainerServer(String image) {
    this.image = image;
  }

  @Override
  public Optional<String> missing() {
    return DockerClientFactory.instance().isDockerAvailable()
        ? Optional.empty()
        : Optional.of("no Docker answers");
  }

  /** Testcontainers takes the container away when this JVM is gone, however it went. */
  @Override
  public String start() {
    PostgreSQLContainer container =
        new PostgreSQLContainer(image)
            .withDatabaseName("postgres")
            .withUsername(LOGIN)
            .withPassword(LOGIN);
    container.start();
    return "jdbc:postgresql://%s:%d/postgres?user=%s&password=%s"
        .formatted(
            container.getHost(),
            container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
            LOGIN,
            LOGIN);
  }
}
