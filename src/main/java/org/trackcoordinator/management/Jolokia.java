package org.trackcoordinator.management;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jolokia.core.api.LogHandler;
import org.jolokia.json.JSONObject;
import org.jolokia.json.JSONStructure;
import org.jolokia.server.core.config.ConfigKey;
import org.jolokia.server.core.config.StaticConfiguration;
import org.jolokia.server.core.http.HttpRequestHandler;
import org.jolokia.server.core.request.BadRequestException;
import org.jolokia.server.core.request.EmptyResponseException;
import org.jolokia.server.core.request.JolokiaExecRequest;
import org.jolokia.server.core.request.JolokiaRequest;
import org.jolokia.server.core.restrictor.policy.PolicyRestrictor;
import org.jolokia.server.core.service.JolokiaServiceManagerFactory;
import org.jolokia.server.core.service.api.JolokiaContext;
import org.jolokia.server.core.service.api.JolokiaServiceManager;
import org.jolokia.server.core.util.RequestType;
import org.jolokia.service.jmx.LocalRequestHandler;
import org.jolokia.service.serializer.JolokiaSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.doors.Caller;
import org.trackcoordinator.doors.RefusedRequest;

/**
 * Answers requests for the MBeans of this process, in the protocol of Jolokia, as far as a policy
 * and the role of the caller allow. It serves no other process, and looks for none.
 */
final class Jolokia implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Jolokia.class);
  private static final int LOCAL = 1; // the order of what serves this process, as Jolokia has it

  private final RoleRestrictor restrictor;
  private final JolokiaServiceManager services;
  private final HttpRequestHandler requests;

  /**
   * @param policy a {@code jolokia-access.xml}
   * @throws IllegalArgumentException if the policy is none, or opens too much
   */
  Jolokia(URL policy) {
    restrictor = new RoleRestrictor(read(policy));
    services =
        JolokiaServiceManagerFactory.createJolokiaServiceManager(
            new StaticConfiguration(
                ConfigKey.AGENT_ID, "track-coordinator", ConfigKey.ALLOW_ERROR_DETAILS, "false"),
            new ToLog(),
            restrictor);
    services.addService(new JolokiaSerializer());
    services.addService(new LocalRequestHandler(LOCAL));
    requests = new Requests(services.start(), restrictor);
  }

  private static PolicyRestrictor read(URL policy) {
    try (InputStream file = policy.openStream()) {
      return new PolicyRestrictor(file);
    } catch (SecurityException e) {
      throw new IllegalArgumentException(policy + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Answers a GET: it only reads, whoever asks.
   *
   * @param path what follows the name of the service, decoded: {@code read/java.lang:type=Memory}
   */
  String get(String path, Map<String, String[]> parameters) throws Exception {
    // a URI would be looked at for slashes that a servlet container folds, which here nobody does
    return answer(null, () -> requests.handleGetRequest("", path, parameters));
  }

  /** Answers a POST of one request, or several. */
  String post(Caller caller, byte[] body, Map<String, String[]> parameters) throws Exception {
    return answer(
        caller.role(),
        () ->
            requests.handlePostRequest(
                "", new ByteArrayInputStream(body), StandardCharsets.UTF_8.name(), parameters));
  }

  private String answer(Role role, Callable<JSONStructure> request) throws Exception {
    try {
      return restrictor.as(role, request).toJSONString();
    } catch (BadRequestException | RuntimeException e) { // what comes later is part of the answer
      throw new RefusedRequest(
          400, "This is no request that Jolokia knows", "docs/hawtio.md shows some.");
    }
  }

  @Override
  public void close() {
    services.stop();
  }

  /**
   * Jolokia looks at its policy for some requests only, and answers for itself in place of others.
   */
  private static final class Requests extends HttpRequestHandler {

    private static final String VALUE = "value";
    private static final Pattern ROUTE_DUMP = Pattern.compile("dump\\w*AsXml.*");

    private final RoleRestrictor restrictor;

    Requests(JolokiaContext context, RoleRestrictor restrictor) {
      super(context);
      this.restrictor = restrictor;
    }

    @Override
    protected JSONObject executeRequest(JolokiaRequest request)
        throws BadRequestException, EmptyResponseException {
      if (!RoleRestrictor.TYPES.contains(request.getType())) {
        return refusal(request, "Requests of the type " + request.getType().getName());
      } else if (request.getOption("target") != null) {
        return refusal(request, "Requests for other processes");
      }
      JSONObject answer = super.executeRequest(request);
      if (request.getType() == RequestType.LIST && answer.get(VALUE) instanceof JSONObject list) {
        CallableOperations.tell(list, restrictor::isOperationAllowed);
      }
      return isRouteDump(request) && answer.get(VALUE) instanceof String xml
          ? withoutSecrets(answer, xml, request)
          : answer;
    }

    private static boolean isRouteDump(JolokiaRequest request) {
      return request instanceof JolokiaExecRequest call
          && ROUTE_DUMP.matcher(call.getOperation()).matches();
    }

    private JSONObject withoutSecrets(JSONObject answer, String xml, JolokiaRequest request) {
      try {
        answer.put(VALUE, RouteDump.masked(xml));
        return answer;
      } catch (Exception e) { // shown to nobody then
        return getErrorJSON(500, e, request);
      }
    }

    private JSONObject refusal(JolokiaRequest request, String what) {
      return getErrorJSON(403, new SecurityException(what + " are not served"), request);
    }
  }

  /** What Jolokia has to say is nothing for those who don't look for it. */
  private static final class ToLog implements LogHandler {
    @Override
    public void debug(String message) {
      LOG.trace(message);
    }

    @Override
    public void info(String message) {
      LOG.debug(message);
    }

    @Override
    public void error(String message, Throwable failure) {
      LOG.debug(message, failure);
    }

    @Override
    public boolean isDebug() {
      return false;
    }
  }
}
