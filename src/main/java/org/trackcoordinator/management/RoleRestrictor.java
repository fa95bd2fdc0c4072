package org.trackcoordinator.management;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import javax.management.ObjectName;
import org.jolokia.server.core.service.api.Restrictor;
import org.jolokia.server.core.util.HttpMethod;
import org.jolokia.server.core.util.RequestType;
import org.trackcoordinator.config.ApiToken.Role;

/**
 * A policy, and beyond it who asks: operations are for operators, but for some that only tell
 * something, and come by POST, since a link or a picture on some page can make a browser send a
 * GET. Nobody sets attributes.
 */
final class RoleRestrictor implements Restrictor {

  /** What a policy opens for all MBeans, or not at all. */
  private static final Set<RequestType> READS =
      Set.of(RequestType.READ, RequestType.LIST, RequestType.SEARCH, RequestType.VERSION);

  /** All requests that are looked at. */
  static final Set<RequestType> TYPES =
      Set.of(
          RequestType.READ,
          RequestType.LIST,
          RequestType.SEARCH,
          RequestType.VERSION,
          RequestType.EXEC);

  /**
   * Operations that only tell something, by the MBeans' domain and type: as far as the policy opens
   * them, whoever may read may call them.
   */
  private static final Map<String, Set<String>> TELLING =
      Map.of(
          "org.apache.camel:context", Set.of("dumpRoutesAsXml()", "dumpRoutesStatsAsXml"),
          "org.apache.camel:routes", Set.of("dumpRouteAsXml()", "dumpRouteStatsAsXml"),
          "org.apache.camel:services", Set.of("browse()", "listRestServices()"),
          "quartz:QuartzScheduler", Set.of("getTriggerState"),
          "org.trackcoordinator:Runs", Set.of("why", "why(java.lang.String,java.lang.String)"));

  private final Restrictor policy;
  private final ThreadLocal<Role> caller = new ThreadLocal<>();

  /**
   * @throws IllegalArgumentException if the policy opens for all MBeans what is for named ones only
   */
  RoleRestrictor(Restrictor policy) {
    for (RequestType type : RequestType.values()) {
      if (!READS.contains(type) && policy.isTypeAllowed(type)) {
        throw new IllegalArgumentException(
            "jolokia-access.xml opens the command %s for all MBeans: leave it out of <commands>, and name under <allow> which operations of which MBean may be called"
                .formatted(type.getName()));
      }
    }
    this.policy = policy;
  }

  /**
   * Does this in the name of somebody.
   *
   * @param role null: somebody who may call no operation at all
   */
  <T> T as(Role role, Callable<T> request) throws Exception {
    caller.set(role);
    try {
      return request.call();
    } finally {
      caller.remove();
    }
  }

  @Override
  public boolean isHttpMethodAllowed(HttpMethod method) {
    return policy.isHttpMethodAllowed(method);
  }

  @Override
  public boolean isTypeAllowed(RequestType type) {
    return READS.contains(type) && policy.isTypeAllowed(type);
  }

  @Override
  public boolean isAttributeReadAllowed(ObjectName name, String attribute) {
    return policy.isAttributeReadAllowed(name, attribute);
  }

  @Override
  public boolean isAttributeWriteAllowed(ObjectName name, String attribute) {
    return false;
  }

  @Override
  public boolean isOperationAllowed(ObjectName name, String operation) {
    return !name.isPattern()
        && mayCall(caller.get(), name, operation)
        && policy.isOperationAllowed(name, operation);
  }

  private static boolean mayCall(Role role, ObjectName name, String operation) {
    return role == Role.OPERATOR
        || role != null
            && TELLING
                .getOrDefault(name.getDomain() + ":" + name.getKeyProperty("type"), Set.of())
                .contains(operation);
  }

  @Override
  public boolean isRemoteAccessAllowed(String... hostOrAddress) {
    return policy.isRemoteAccessAllowed(hostOrAddress);
  }

  @Override
  public boolean isOriginAllowed(String origin, boolean onlyWhenStrict) {
    return policy.isOriginAllowed(origin, onlyWhenStrict);
  }

  @Override
  public boolean isObjectNameHidden(ObjectName name) {
    return policy.isObjectNameHidden(name);
  }
}
