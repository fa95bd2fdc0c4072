package org.trackcoordinator.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which PostgreSQL the tests of a JVM get. */
@Tag("track-coordination")
class TestServerTest {

  private static final ServerSource EMBEDDED = new Source(null, null, "embedded");
  private static final ServerSource DOCKER = new Source(null, null, "container");
  private static final ServerSource NO_DOCKER = new Source("no Docker answers", null, null);
  private static final ServerSource BROKEN = new Source(null, "no such image", null);

  /** Says what it lacks, fails, or is there. */
  private record Source(String lacks, String problem, String url) implements ServerSource {

    @Override
    public Optional<String> missing() {
      return Optional.ofNullable(lacks);
    }

    @Override
    public String start() {
      if (problem != null) {
        throw new IllegalStateException(problem);
      }
      assertThat(lacks).as("nobody starts what is not there").isNull();
      return url;
    }
  }

  /** Nobody may even ask. */
  private static final ServerSource UNASKED =
      new ServerSource() {
        @Override
        public Optional<String> missing() {
          throw new AssertionError("was asked");
        }

        @Override
        public String start() {
          throw new AssertionError("was started");
        }
      };

  @Test
  void aContainerWhereThereIsDocker() {
    assertThat(TestServer.start("auto", DOCKER, UNASKED)).isEqualTo("container");
  }

  @Test
  void theEmbeddedOneWhereThereIsNone() {
    assertThat(TestServer.start("auto", NO_DOCKER, EMBEDDED)).isEqualTo("embedded");
  }

  @Test
  void theEmbeddedOneWhereNoContainerStarts() {
    assertThat(TestServer.start("auto", BROKEN, EMBEDDED)).isEqualTo("embedded");
  }

  @Test
  void whoWantsOneKindGetsNoOther() {
    assertThat(TestServer.start("embedded", UNASKED, EMBEDDED)).isEqualTo("embedded");
    assertThat(TestServer.start("docker", DOCKER, UNASKED)).isEqualTo("container");
    assertThatThrownBy(() -> TestServer.start("docker", NO_DOCKER, UNASKED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("-Dtracks.test.server=docker, but no Docker answers");
    assertThatThrownBy(() -> TestServer.start("docker", BROKEN, UNASKED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no such image");
  }

  @Test
  void anUnknownKindIsRefused() {
    assertThatThrownBy(() -> TestServer.start("podman", DOCKER, EMBEDDED))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("-Dtracks.test.server=podman: allowed are auto, docker, embedded");
  }

  /** Else the tests would fill the database that it names. */
  @Test
  void aUrlThatNamesNoDatabasePostgresIsRefusedWithoutItsPassword() {
    String good = "jdbc:postgresql://db:5432/postgres?user=tester&password=secret";
    assertThat(TestServer.requireUsable(good)).isEqualTo(good);
    for (String bad :
        new String[] {
          good.replace("/postgres?", "/books?"),
          "jdbc:postgresql://db:5432/postgres",
          good.replace("jdbc:", "")
        }) {
      assertThatThrownBy(() -> TestServer.requireUsable(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("-Dtracks.test.url names no database postgres with its login")
          .hasMessageNotContaining("secret");
    }
  }
}
