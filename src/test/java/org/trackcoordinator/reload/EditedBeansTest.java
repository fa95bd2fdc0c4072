package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.camel.Route;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a file says for more than one route: its beans, its handlers of errors. */
@Tag("track-coordination")
class EditedBeansTest {

  private static final String BEANS = "tracks/beans.camel.yaml";
  private static final String ROUTE = "tracks/a.camel.yaml";
  private static final String OTHER = "tracks/b.camel.yaml";

  @RegisterExtension final BareFolder folder = new BareFolder();
  private final Gate gate = new Gate();

  @BeforeEach
  void bind() {
    folder.camel().getRegistry().bind("gate", gate);
  }

  private static String stamp(String name, String text) {
    return "    - name: %s%n      type: org.trackcoordinator.reload.Stamp%n      properties: {text: %s}%n"
        .formatted(name, text);
  }

  private static String route(String id, String... steps) {
    return "- route: {id: %s, from: {uri: 'direct:%s', steps: [%s]}}%n"
        .formatted(id, id, String.join(", ", steps));
  }

  private static String process(String bean) {
    return "{process: {ref: " + bean + "}}";
  }

  private void start() throws Exception {
    folder.write(BEANS, "- beans:\n" + stamp("ink", "black"));
    folder.write(ROUTE, route("a", process("ink")));
    folder.write(OTHER, route("b", "{to: 'log:sink'}", "{setBody: {constant: plain}}"));
    folder.start();
    assertThat(folder.ask("direct:a")).isEqualTo("black");
  }

  @Test
  void aBeanThatIsEditedIsNewForTheRoutesThatNameIt() throws Exception {
    start();
    Route a = folder.route("a");
    Route b = folder.route("b");
    folder.edit(BEANS, "black", "blue");
    folder.awaitReplaced(a);
    assertThat(folder.ask("direct:a")).isEqualTo("blue");
    assertThat(folder.route("b")).isSameAs(b);
    folder.edit(BEANS, "blue", "green");
    EditedFolder.soon("it is green").until(() -> folder.ask("direct:a").equals("green"));
  }

  @Test
  void anExchangeThatIsInTheOldRouteKeepsTheOldBean() throws Exception {
    folder.write(
        ROUTE, "- beans:\n" + stamp("ink", "black") + route("a", process("gate"), process("ink")));
    folder.start();
    Route a = folder.route("a");
    var answer = folder.askAside("direct:a");
    gate.awaitCame(1);
    folder.edit(ROUTE, "black", "blue");
    folder.awaitReplaced(a);
    gate.open();
    assertThat(answer.get()).isEqualTo("black");
    assertThat(folder.ask("direct:a")).isEqualTo("blue");
  }

  @Test
  void beansAreAddedAndTakenAway() throws Exception {
    start();
    folder.write(
        "tracks/c.camel.yaml",
        "- beans:\n" + stamp("pencil", "grey") + route("c", process("pencil")));
    folder.awaitRoute("c");
    assertThat(folder.ask("direct:c")).isEqualTo("grey");
    folder.delete("tracks/c.camel.yaml");
    folder.awaitNoRoute("c");
    assertThat(folder.camel().getRegistry().lookupByName("pencil")).isNull();
    folder.awaitNothingRefused();
  }

  @Test
  void aBeanThatARouteNamesDoesNotGo() throws Exception {
    start();
    Route a = folder.route("a");
    folder.delete(BEANS);
    assertThat(folder.awaitRefused(BEANS)).contains("the route 'a' needs it").contains("ink");
    assertThat(folder.route("a")).isSameAs(a);
    assertThat(folder.ask("direct:a")).isEqualTo("black");
    assertThat(folder.camel().getRegistry().lookupByName("ink")).isInstanceOf(Stamp.class);
  }

  /** Camel remembers which it has made: not those of an edit that was refused. */
  @Test
  void aBeanOfARefusedEditIsNotTakenAndIsOnceItIsMended() throws Exception {
    folder.write(ROUTE, "- beans:\n" + stamp("ink", "black") + route("a", process("ink")));
    folder.start();
    folder.write(
        ROUTE,
        "- beans:\n"
            + stamp("ink", "blue")
            + route("a", process("ink"), "{to: 'log:x?levle=INFO'}"));
    folder.awaitRefused(ROUTE);
    assertThat(folder.ask("direct:a")).isEqualTo("black");
    assertThat(folder.camel().getRegistry().lookupByNameAndType("ink", Stamp.class).text())
        .isEqualTo("black");
    Route a = folder.route("a");
    folder.write(ROUTE, "- beans:\n" + stamp("ink", "blue") + route("a", process("ink")));
    folder.awaitReplaced(a);
    assertThat(folder.ask("direct:a")).isEqualTo("blue");
  }

  @Test
  void aBeanThatCannotBeMadeIsRefused() throws Exception {
    start();
    folder.edit(BEANS, "reload.Stamp", "reload.Stump");
    assertThat(folder.awaitRefused(BEANS))
        .contains("beans.camel.yaml:3:1: there is no class org.trackcoordinator.reload.Stump");
    assertThat(folder.ask("direct:a")).isEqualTo("black");
    Route a = folder.route("a");
    folder.edit(BEANS, "reload.Stump", "reload.Stamp");
    folder.awaitNothingRefused();
    assertThat(folder.route("a")).as("as it was").isSameAs(a);
    folder.edit(BEANS, "black", "blue");
    folder.awaitReplaced(a);
    assertThat(folder.ask("direct:a")).isEqualTo("blue");
  }

  @Test
  void aNameThatIsTakenIsRefused() throws Exception {
    start();
    folder.write(OTHER, "- beans:\n" + stamp("gate", "grey") + route("b", process("gate")));
    assertThat(folder.awaitRefused(OTHER))
        .contains("b.camel.yaml:1:1: beans: there is a bean 'gate' already");
    folder.write(OTHER, "- beans:\n" + stamp("ink", "grey") + route("b", process("ink")));
    EditedFolder.soon("the other reason is told")
        .until(() -> folder.awaitRefused(OTHER).contains("the bean 'ink' is in "));
    assertThat(folder.ask("direct:a")).isEqualTo("black");
    assertThat(folder.ask("direct:b")).isEqualTo("plain");
  }

  @Test
  void aBeanThatIsClosedTakesARestart() throws Exception {
    folder.write(
        ROUTE,
        "- beans:\n"
            + stamp("ink", "black")
            + "      destroyMethod: close\n"
            + route("a", process("ink")));
    folder.start();
    folder.edit(ROUTE, "black", "blue");
    assertThat(folder.awaitRefused(ROUTE)).contains("has a destroyMethod").contains("restart it");
    assertThat(folder.ask("direct:a")).isEqualTo("black");
  }

  @Test
  void whatAFileSaysForAllOfItsRoutesIsAPartOfEach() throws Exception {
    String mended =
        "- onException: {exception: [java.lang.IllegalStateException], handled: {constant: 'true'}, steps: [{setBody: {constant: %s}}]}%n";
    String fail = "{throwException: {exceptionType: java.lang.IllegalStateException, message: no}}";
    folder.write(ROUTE, mended.formatted("mended") + route("a", fail) + route("c", fail));
    folder.write(OTHER, route("b", "{setBody: {constant: plain}}"));
    folder.start();
    assertThat(folder.ask("direct:a")).isEqualTo("mended");
    Route a = folder.route("a");
    Route b = folder.route("b");
    Route c = folder.route("c");
    folder.edit(ROUTE, "direct:a', steps: [", "direct:a', steps: [{log: {message: x}}, ");
    folder.awaitReplaced(a);
    assertThat(folder.ask("direct:a")).as("the new route has it, too").isEqualTo("mended");
    assertThat(folder.route("c")).isSameAs(c);
    folder.edit(ROUTE, "constant: mended", "constant: handled");
    folder.awaitReplaced(c);
    assertThat(folder.ask("direct:a")).isEqualTo("handled");
    assertThat(folder.ask("direct:c")).isEqualTo("handled");
    assertThat(folder.route("b")).isSameAs(b);
  }
}
