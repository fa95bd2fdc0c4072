package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.reload.EditedFolder.soon;

import java.util.List;
import java.util.Map;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.coordinator.Backpressure;

/** Sources that are edited while the queues are too full. */
@Tag("track-coordination")
class EditsUnderBackpressureIT {

  private static final String SOURCE = "tracks/source.camel.yaml";

  @RegisterExtension static final CoordinatedFolder FOLDER = CoordinatedFolder.shared();

  private final Gate notes = Gate.opened();

  @Test
  void aSourceThatIsHeldIsHeldAfterAnEditAndResumed() throws Exception {
    Route before = FOLDER.route("source");
    FOLDER.edit(SOURCE, "simple: before", "simple: after");
    FOLDER.awaitReplaced(before);
    assertThat(FOLDER.status("source")).isEqualTo(ServiceStatus.Suspended);
    assertThat(backpressure().getSuspendedRoutes()).containsExactly("source");
    look(0);
    soon("it runs").until(() -> notes.left().contains("after"));
  }

  /** Its consumer can't be suspended. */
  @Test
  void aSourceThatIsHeldAndChangesItsKindIsResumed() throws Exception {
    Route before = FOLDER.route("source");
    FOLDER.edit(SOURCE, "scheduler:source?delay=10&initialDelay=10", "ticks:source");
    FOLDER.awaitReplaced(before);
    assertThat(FOLDER.status("source")).isEqualTo(ServiceStatus.Stopped);
    int then = notes.left().size();
    look(0);
    notes.awaitLeft(then + 1);
  }

  @Test
  void aSourceThatIsHeldAndNoLongerOneIsResumed() throws Exception {
    Route before = FOLDER.route("source");
    FOLDER.edit(SOURCE, "group: track-sources, ", "");
    FOLDER.awaitReplaced(before);
    notes.awaitLeft(notes.left().size() + 2);
    assertThat(backpressure().getSuspendedRoutes()).isEmpty();
    look(0);
  }

  /** Nobody but the test says how full the queues are. */
  @BeforeEach
  void start() throws Exception {
    FOLDER.camel().getRouteController().stopRoute("watch-queues");
    FOLDER.camel().getRegistry().bind("notes", notes);
    FOLDER.camel().getRegistry().bind("ticks", new Ticks());
    FOLDER.write(
        SOURCE,
        "- route: {id: source, group: track-sources, from: {uri: 'scheduler:source?delay=10&initialDelay=10', steps: [{setBody: {simple: before}}, {process: {ref: notes}}]}}\n");
    FOLDER.awaitRoute("source");
    notes.awaitLeft(1);
    look(1_000_000);
    assertThat(FOLDER.status("source")).isEqualTo(ServiceStatus.Suspended);
  }

  @AfterEach
  void stop() throws Exception {
    FOLDER.camel().getRouteController().startRoute("watch-queues");
  }

  private static void look(long depth) {
    backpressure()
        .decide(
            List.of(
                Map.of(
                    "queue",
                    "work",
                    "handler",
                    "drive",
                    "depth",
                    depth,
                    "ready",
                    depth,
                    "in_progress",
                    0,
                    "held",
                    0,
                    "oldest_millis",
                    0)));
  }

  private static Backpressure backpressure() {
    return FOLDER.camel().getRegistry().lookupByNameAndType("backpressure", Backpressure.class);
  }

  /** Its consumers can't be suspended. */
  private static final class Ticks extends DefaultComponent {

    @Override
    protected Endpoint createEndpoint(String uri, String path, Map<String, Object> parameters) {
      return new DefaultEndpoint(uri, this) {
        @Override
        public Producer createProducer() {
          throw new UnsupportedOperationException("ticks are not made by sending");
        }

        @Override
        public Consumer createConsumer(Processor processor) {
          return new DefaultConsumer(this, processor) {
            @Override
            protected void doStart() throws Exception {
              super.doStart();
              getProcessor().process(getEndpoint().createExchange());
            }
          };
        }
      };
    }
  }
}
