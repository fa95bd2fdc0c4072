package org.trackcoordinator.management;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.management.ObjectName;
import org.jolokia.server.core.restrictor.AllowAllRestrictor;
import org.jolokia.server.core.restrictor.policy.PolicyRestrictor;
import org.jolokia.server.core.util.RequestType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.config.ApiToken.Role;

/** What stands beyond the policy, and what a policy may not say. */
@Tag("track-coordination")
class RoleRestrictorTest {

  private static final Path OURS = Path.of("routes/management/jolokia-access.xml");

  @TempDir Path folder;

  private Path policy(String from, String to) throws IOException {
    String text = Files.readString(OURS);
    assertThat(text).contains(from);
    return Files.writeString(folder.resolve("jolokia-access.xml"), text.replace(from, to));
  }

  /** In a policy of Jolokia that is how all operations of all MBeans are opened. */
  @ParameterizedTest
  @ValueSource(strings = {"exec", "write", "notification", "config"})
  void aPolicyThatOpensACommandForAllMBeansIsRefused(String command) throws Exception {
    Path open = policy("<command>version</command>", "<command>%s</command>".formatted(command));
    assertThatThrownBy(() -> new Jolokia(open.toUri().toURL()).close())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("opens the command " + command + " for all MBeans")
        .hasMessageContaining("name under <allow>");
  }

  @Test
  void aPolicyWithoutCommandsIsRefused() throws Exception {
    Path none =
        Files.writeString(folder.resolve("jolokia-access.xml"), "<restrict><http/></restrict>");
    assertThatThrownBy(() -> new Jolokia(none.toUri().toURL()).close())
        .hasMessageContaining("for all MBeans");
  }

  @Test
  void aPolicyThatIsBrokenIsNamed() throws Exception {
    Path broken = policy("</restrict>", "");
    assertThatThrownBy(() -> new Jolokia(broken.toUri().toURL()).close())
        .hasMessageContaining("jolokia-access.xml");
  }

  @Test
  void anOperationIsForWhoMayAndForOneMBean() throws Exception {
    RoleRestrictor restrictor;
    try (var file = Files.newInputStream(OURS)) {
      restrictor = new RoleRestrictor(new PolicyRestrictor(file));
    }
    ObjectName route = new ObjectName("org.apache.camel:context=x,type=routes,name=\"a\"");
    ObjectName pattern = new ObjectName("org.apache.camel:type=routes,*");

    for (String operation : List.of("stop()", "dumpRouteAsXml()")) {
      boolean isRead = operation.startsWith("dump");
      assertThat(restrictor.isOperationAllowed(route, operation)).isFalse();
      assertThat(may(restrictor, null, route, operation)).isFalse();
      assertThat(may(restrictor, Role.READER, route, operation)).isEqualTo(isRead);
      assertThat(may(restrictor, Role.WORKER, route, operation)).isEqualTo(isRead);
      assertThat(may(restrictor, Role.OPERATOR, route, operation)).isTrue();
      assertThat(may(restrictor, Role.OPERATOR, pattern, operation)).isFalse();
      assertThat(restrictor.isOperationAllowed(route, operation)).as("afterwards").isFalse();
    }
    assertThat(may(restrictor, Role.READER, route, "dumpRouteAsXml(boolean)")).isFalse();
    assertThat(
            restrictor.<Boolean>as(
                Role.OPERATOR, () -> restrictor.isAttributeWriteAllowed(route, "x")))
        .isFalse();
    assertThat(restrictor.isTypeAllowed(RequestType.EXEC)).isFalse();
  }

  private static boolean may(
      RoleRestrictor restrictor, Role role, ObjectName name, String operation) throws Exception {
    return restrictor.as(role, () -> restrictor.isOperationAllowed(name, operation));
  }

  /** Whoever may read reads no more than whoever wrote the policy wanted shown. */
  @Test
  void whatThePolicyDoesNotOpenIsClosedToReadersToo() throws Exception {
    Path none = policy("<operation>dumpRouteAsXml()</operation>", "");
    RoleRestrictor restrictor;
    try (var file = Files.newInputStream(none)) {
      restrictor = new RoleRestrictor(new PolicyRestrictor(file));
    }
    ObjectName route = new ObjectName("org.apache.camel:context=x,type=routes,name=\"a\"");
    assertThat(may(restrictor, Role.READER, route, "dumpRouteAsXml()")).isFalse();
    assertThat(may(restrictor, Role.READER, route, "dumpRouteStatsAsXml")).isTrue();
  }

  @Test
  void whoAllowsAllIsNoPolicy() {
    assertThatThrownBy(() -> new RoleRestrictor(new AllowAllRestrictor()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
