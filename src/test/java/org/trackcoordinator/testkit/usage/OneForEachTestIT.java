package org.trackcoordinator.testkit.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.builder.AdviceWithRouteBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.model.ModelCamelContext;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testkit.TrackTestKit;

/** The kit in a field of the test: each test has its own routes, beans and settings. */
@Tag("track-coordination")
class OneForEachTestIT {

  private final AtomicInteger asked = new AtomicInteger();

  @RegisterExtension
  final TrackTestKit tracks =
      TrackTestKit.packagedRoutes()
          .with("asked", asked)
          .property("greeting", "hello")
          .with(
              new RouteBuilder() {
                @Override
                public void configure() {
                  from("kamelet:track-source?handler=greet")
                      .routeId("greet")
                      .setBody(simple("{\"text\": \"{{greeting}}\"}"))
                      .to("direct:target")
                      .id("target");
                }
              });

  /** With the route as it stands the second one would find the first one's change. */
  @RepeatedTest(2)
  void routesMayBeChangedByCamelsOwnMeans() throws Exception {
    ModelCamelContext camel = (ModelCamelContext) tracks.camelContext();
    AdviceWith.adviceWith(
        camel.getRouteDefinition("greet"),
        camel,
        new AdviceWithRouteBuilder() {
          @Override
          public void configure() {
            weaveById("target").replace().to("mock:target");
          }
        });
    MockEndpoint target = tracks.camelContext().getEndpoint("mock:target", MockEndpoint.class);
    target.expectedBodiesReceived("{\"text\": \"hello\"}");
    tracks.load(
        "workflow: w\ntracks:\n  greet: {when: '${bean:asked?method=incrementAndGet} == 1'}\n");
    tracks.start("w");
    tracks.assertResult("{\"text\": \"hello\"}");
    target.assertIsSatisfied();
    assertThat(asked).hasValue(1);
  }
}
