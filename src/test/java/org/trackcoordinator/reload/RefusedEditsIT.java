package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.reload.CoordinatedFolder.DRIVE;
import static org.trackcoordinator.reload.CoordinatedFolder.track;

import java.util.List;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.Route;
import org.apache.camel.health.HealthCheck;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with a file is said once, and what ran before runs on, untouched. */
@Tag("track-coordination")
class RefusedEditsIT {

  @RegisterExtension static final CoordinatedFolder FOLDER = CoordinatedFolder.shared();

  /** A fault: what is written instead of what, the line that is told, and a part of the reason. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "no YAML | expression:\\n | expression: [\\n | 14 | not readable as YAML",
        "a key given twice | `    description:` | `    id: other\\n    description:` | 3 | given twice",
        "an unknown step | setBody: | setBdy: | 10 | did you mean 'setBody'",
        "an unknown key | `handler: drive\\n` | `handler: drive\\n      stepps: []\\n` | 9 | unknown key 'stepps', did you mean 'steps'",
        "an unknown entry | `- route:` | `- roote:` | 1 | unknown key 'roote', did you mean 'route'",
        "a word that is none | `setBody:` | `log:\\n            loggingLevel: LOUD\\n            message: x\\n        - setBody:` | 11 | unknown word 'LOUD'",
        "a list for a map | `expression:\\n              constant:` | `expression:\\n              - constant:` | 13 | must be a map, not a list",
        "a lacking key | `setBody:` | `setHeader:\\n            expression:\\n              constant:\\n                expression: x\\n        - setBody:` | 11 | lacks the key 'name'",
        "an unknown component | `setBody:` | `to:\\n            uri: no-such-thing:x\\n        - setBody:` | 11 | no-such-thing",
        "an unknown option of an endpoint | `setBody:` | `to:\\n            uri: log:x?levle=INFO\\n        - setBody:` | 11 | levle",
        "an unknown parameter of an endpoint | `setBody:` | `to:\\n            uri: log:x\\n            parameters:\\n              levle: INFO\\n        - setBody:` | 13 | levle",
        "an unknown kamelet | `uri: kamelet:track-source` | `uri: kamelet:track-sauce` | 6 | track-sauce",
        "a kamelet without what it needs | `handler: drive` | `lease: 10s` | 6 | handler",
        "an unknown bean | `setBody:` | `bean:\\n            ref: noSuchBean\\n        - setBody:` | 11 | noSuchBean",
        "an unknown class | `setBody:` | `bean:\\n            beanType: org.example.Missing\\n        - setBody:` | 11 | org.example.Missing",
        "a placeholder without a value | `setBody:` | `to:\\n            uri: \"log:{{no.such.key}}\"\\n        - setBody:` | 11 | no.such.key",
        "an expression that does not parse | `constant:\\n                expression: '{` | `simple:\\n                expression: '${nope} {` | 14 | nope",
        "a route that nobody has | `setBody:` | `to:\\n            uri: direct:books\\n        - setBody:` | 11 | no route begins with 'direct:books'",
        "a statement that is not there | `setBody:` | `to:\\n            uri: sql:classpath:sql/missing.sql\\n        - setBody:` | 11 | missing.sql",
        "an unknown route configuration | `one-attempt` | `no-attempt` | 4 | no-attempt",
        "no id | `    id: drive\\n` | `    group: mine\\n` | 1 | has no id",
        "the id of another file | `id: drive\\n` | `id: gmail\\n` | 1 | gmail.camel.yaml:1",
        "a lease that is none | `handler: drive` | `handler: drive\\n        lease: 10 ages` | 9 | lease",
      })
  void aFileWithAFaultIsRefused(String fault, String before, String after, int line, String reason)
      throws Exception {
    Map<String, Route> running = FOLDER.routes();
    long uptime = FOLDER.route("drive").getUptimeMillis();
    List<Endpoint> endpoints = List.copyOf(FOLDER.camel().getEndpoints());
    FOLDER.edit(DRIVE, before.replace("\\n", "\n"), after.replace("\\n", "\n"));
    String told = FOLDER.awaitRefused(DRIVE);
    assertThat(told).contains(DRIVE + ":" + line + ":").contains(reason);
    assertThat(FOLDER.routes()).isEqualTo(running);
    running.forEach((id, route) -> assertThat(FOLDER.route(id)).isSameAs(route));
    assertThat(FOLDER.route("drive").getUptimeMillis()).isGreaterThan(uptime);
    assertThat(endpoints).as("no other is left").containsAll(FOLDER.camel().getEndpoints());
    HealthCheck.Result health = FOLDER.health();
    assertThat(health.getState()).isEqualTo(HealthCheck.State.UP);
    assertThat(health.getDetails()).containsEntry("line", String.valueOf(line));
  }

  @Test
  void itIsToldOnceAndThatItIsInOrderAgain() throws Exception {
    FOLDER.edit(DRIVE, "setBody", "setBodies");
    FOLDER.awaitRefused(DRIVE);
    FOLDER.write("tracks/other.camel.yaml", track("other", "done"));
    FOLDER.awaitRoute("other");
    FOLDER.delete("tracks/other.camel.yaml");
    FOLDER.awaitNoRoute("other");
    assertThat(FOLDER.log("WARN .*" + DRIVE + ".*setBodies.*not live.*")).hasSize(1);
    Route before = FOLDER.route("drive");
    FOLDER.write(DRIVE, track("drive", "mended"));
    FOLDER.awaitReplaced(before);
    FOLDER.awaitNothingRefused();
    assertThat(FOLDER.log("INFO .*" + DRIVE + " is in order again")).hasSize(1);
  }
}
