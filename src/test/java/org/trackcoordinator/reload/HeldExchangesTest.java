package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.reload.EditedFolder.soon;

import org.apache.camel.Route;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an old route has in hand when it is replaced comes to its end there, whatever holds it. */
@Tag("track-coordination")
class HeldExchangesTest {

  private static final String FILE = "tracks/a.camel.yaml";

  @RegisterExtension final BareFolder folder = new BareFolder();
  private final Gate gate = new Gate();
  private final Gate notes = Gate.opened();

  @BeforeEach
  void bind() {
    folder.camel().getRegistry().bind("gate", gate);
    folder.camel().getRegistry().bind("notes", notes);
  }

  @Test
  void eachRouteIsEndedForItself() throws Exception {
    folder.write(FILE, route("a", "direct:a", "{process: {ref: gate}}"));
    folder.write("tracks/b.camel.yaml", route("b", "direct:b", "{process: {ref: notes}}"));
    folder.start();
    folder.sendAside("direct:a", "long");
    gate.awaitCame(1);
    Route a = folder.route("a");
    folder.edit(FILE, "gate", "notes");
    folder.awaitReplaced(a);
    Route b = folder.route("b");
    folder.edit("tracks/b.camel.yaml", "notes", "gate");
    folder.awaitReplaced(b);
    folder.awaitEnded(b);
    assertThat(EditedFolder.isEnded(a)).as("an exchange is in it").isFalse();
    gate.open();
    folder.awaitEnded(a);
    assertThat(gate.left()).containsExactly("long");
  }

  /** The one that sends was replaced before the other was removed. */
  @Test
  void aRouteThatIsRemovedServesThoseThatMaySendToIt() throws Exception {
    folder.write(FILE, route("a", "direct:a", "{process: {ref: gate}}, {to: 'direct:b'}"));
    folder.write("tracks/b.camel.yaml", route("b", "direct:b", "{process: {ref: notes}}"));
    folder.start();
    Route a = folder.route("a");
    folder.sendAside("direct:a", "x");
    gate.awaitCame(1);
    folder.edit(FILE, ", {to: 'direct:b'}", "");
    folder.awaitReplaced(a);
    Route b = folder.route("b");
    folder.write("tracks/c.camel.yaml", route("c", "direct:c", "{process: {ref: notes}}"));
    folder.delete("tracks/b.camel.yaml");
    folder.awaitNoRoute("b");
    folder.awaitRoute("c");
    Route c = folder.route("c");
    folder.edit("tracks/c.camel.yaml", "notes", "gate");
    folder.awaitReplaced(c);
    folder.awaitEnded(c);
    assertThat(EditedFolder.isEnded(b)).as("it may still be needed").isFalse();
    gate.open();
    notes.awaitLeft(1);
    folder.awaitEnded(b);
  }

  /** Ten taps have threads; the others wait for one and are in flight nowhere. */
  @Test
  void tapsAreDone() throws Exception {
    folder.write(FILE, route("a", "direct:a", "{wireTap: {uri: 'direct:tap'}}"));
    folder.write(
        "tracks/tap.camel.yaml",
        route("tap", "direct:tap", "{process: {ref: gate}}, {process: {ref: notes}}"));
    folder.start();
    for (int i = 0; i < 30; i++) {
      folder.send("direct:a", i);
    }
    gate.awaitCame(10);
    Route a = folder.route("a");
    folder.edit(FILE, "'direct:tap'}}", "'direct:tap'}}, {process: {ref: notes}}");
    folder.awaitReplaced(a);
    assertThat(gate.came()).hasSizeLessThan(30);
    Route other = folder.route("a");
    folder.edit(FILE, ", {process: {ref: notes}}", ", {process: {ref: gate}}");
    folder.awaitReplaced(other);
    folder.awaitEnded(other);
    assertThat(EditedFolder.isEnded(a)).as("taps wait in it").isFalse();
    gate.open();
    notes.awaitLeft(30);
    folder.awaitEnded(a);
  }

  @Test
  void whatFollowsWhenAnExchangeIsDoneIsDone() throws Exception {
    folder.write(
        FILE,
        "- routeConfiguration: {id: after, onCompletion: [{onCompletion: {steps: [{process: {ref: gate}}, {process: {ref: notes}}]}}]}\n"
            + "- route: {id: a, routeConfigurationId: after, from: {uri: 'direct:a', steps: [{setBody: {simple: before}}]}}\n");
    folder.write("tracks/b.camel.yaml", route("b", "direct:b", "{process: {ref: notes}}"));
    folder.start();
    folder.sendAside("direct:a", "x");
    gate.awaitCame(1);
    Route a = folder.route("a");
    folder.edit(FILE, "simple: before", "simple: after");
    folder.awaitReplaced(a);
    Route b = folder.route("b");
    folder.edit("tracks/b.camel.yaml", "notes", "gate");
    folder.awaitReplaced(b);
    folder.awaitEnded(b);
    assertThat(EditedFolder.isEnded(a)).isFalse();
    gate.open();
    notes.awaitLeft(1);
    folder.awaitEnded(a);
  }

  /** By time, or by the stop. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "completionTimeout: 1500, completionTimeoutCheckerInterval: 100",
        "completionSize: 2, forceCompletionOnStop: true"
      })
  void groupsThatAreCompletedAnywayAreCompletedInTheOldRoute(String completion) throws Exception {
    folder.write(FILE, aggregate(completion));
    startWithOneInAGroup();
    Route a = folder.route("a");
    folder.edit(FILE, "simple: '${body}'", "simple: 'new ${body}'");
    folder.awaitReplaced(a);
    notes.awaitLeft(1);
    assertThat(notes.left()).containsExactly("one");
    folder.awaitEnded(a);
  }

  @Test
  void anEditWaitsForGroupsThatItWouldLose() throws Exception {
    folder.write(FILE, aggregate("completionSize: 2"));
    startWithOneInAGroup();
    Route a = folder.route("a");
    folder.edit(FILE, "simple: '${body}'", "simple: 'new ${body}'");
    assertThat(folder.awaitRefused(FILE)).contains("1 groups in an aggregate").contains("route a");
    assertThat(folder.route("a")).isSameAs(a);
    folder.send("direct:a", "two");
    folder.awaitReplaced(a);
    folder.awaitNothingRefused();
    notes.awaitLeft(1);
    assertThat(notes.left()).containsExactly("two");
    folder.send("direct:a", "three");
    folder.send("direct:a", "four");
    notes.awaitLeft(2);
    assertThat(notes.left()).containsExactly("two", "new four");
  }

  @Test
  void whatWaitsInAQueueIsTakenByTheNewRouteOrDoneByTheRemovedOne() throws Exception {
    folder.write(FILE, route("a", "seda:a", "{process: {ref: gate}}"));
    folder.start();
    folder.send("seda:a", "first");
    folder.send("seda:a", "second");
    gate.awaitCame(1);
    Route a = folder.route("a");
    folder.edit(FILE, "gate", "notes");
    folder.awaitReplaced(a);
    notes.awaitLeft(1);
    assertThat(notes.left()).containsExactly("second");
    gate.open();
    folder.awaitEnded(a);
    assertThat(gate.left()).containsExactly("first");
  }

  @Test
  void aRemovedRouteEmptiesItsQueue() throws Exception {
    folder.write(FILE, route("a", "seda:a", "{process: {ref: gate}}"));
    folder.start();
    folder.send("seda:a", "first");
    folder.send("seda:a", "second");
    gate.awaitCame(1);
    Route a = folder.route("a");
    folder.delete(FILE);
    folder.awaitNoRoute("a");
    gate.open();
    gate.awaitLeft(2);
    folder.awaitEnded(a);
  }

  /** The new route would take it, too. */
  @Test
  void anEditWaitsForALongExchangeOfABatchAndMayBeWithdrawn() throws Exception {
    Inbox inbox = Inbox.in(folder.camel(), "one", "two", "three");
    folder.write(FILE, route("a", "inbox:a?delay=20&initialDelay=0", "{process: {ref: gate}}"));
    folder.start();
    gate.awaitCame(1);
    Route a = folder.route("a");
    String before = folder.text(FILE);
    folder.edit(FILE, "gate", "notes");
    assertThat(folder.awaitRefused(FILE)).contains("a part of a batch");
    folder.write(FILE, before);
    folder.awaitNothingRefused();
    gate.open();
    gate.awaitLeft(3);
    soon("the rest is done").until(inbox::isEmpty);
    assertThat(folder.route("a")).isSameAs(a);
    assertThat(gate.left()).containsExactly("one", "two", "three");
  }

  /** A short one is waited for, and what it has not begun is left for the new route. */
  @Test
  void theRestOfABatchIsTakenByTheNewRoute() throws Exception {
    Inbox inbox = Inbox.in(folder.camel(), "one", "two", "three");
    folder.write(FILE, route("a", "inbox:a?delay=20&initialDelay=0", "{process: {ref: gate}}"));
    folder.start();
    gate.awaitCame(1);
    Route a = folder.route("a");
    inbox.whenAskedForItsEnd(gate::open);
    folder.edit(FILE, "gate", "notes");
    folder.awaitReplaced(a);
    notes.awaitLeft(2);
    assertThat(gate.left()).containsExactly("one");
    assertThat(notes.left()).containsExactly("two", "three");
    assertThat(folder.health().getMessage()).isEmpty();
  }

  private void startWithOneInAGroup() throws Exception {
    folder.start();
    folder.send("direct:a", "one");
    assertThat(notes.came()).isEmpty();
  }

  private static String aggregate(String completion) {
    return route(
        "a",
        "direct:a",
        "{aggregate: {id: all, aggregationStrategy: '#class:org.apache.camel.processor.aggregate.UseLatestAggregationStrategy', correlationExpression: {constant: x}, "
            + completion
            + ", steps: [{setBody: {simple: '${body}'}}, {process: {ref: notes}}]}}");
  }

  private static String route(String id, String from, String steps) {
    return "- route: {id: %s, from: {uri: '%s', steps: [%s]}}%n".formatted(id, from, steps);
  }
}
