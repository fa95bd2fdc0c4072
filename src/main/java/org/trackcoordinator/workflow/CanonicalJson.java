package org.trackcoordinator.workflow;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The one way to write a definition down.
 *
 * <p>The built-in defaults are always written, so that a definition stays what it was when they
 * change; tracks write only what differs from them. Defaults of the file are dissolved into its
 * tracks.
 */
final class CanonicalJson {

  private static final ObjectMapper JSON = new ObjectMapper();

  private CanonicalJson() {}

  static String of(
      String workflow,
      String description,
      Duration deadline,
      Map<String, String> on,
      List<Track> tracks) {
    Map<String, Object> root = new TreeMap<>();
    root.put("workflow", workflow);
    putIfPresent(root, "description", description);
    root.put("deadline", limit(deadline));
    root.put("defaults", defaults());
    if (!on.isEmpty()) {
      root.put("on", new TreeMap<>(on));
    }
    Map<String, Object> byId = new TreeMap<>();
    tracks.forEach(track -> byId.put(track.id(), track(track)));
    root.put("tracks", byId);
    return JSON.valueToTree(root).toString();
  }

  static String sha256(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static Map<String, Object> defaults() {
    Map<String, Object> map = new TreeMap<>();
    map.put("timeout", limit(Policy.DEFAULT.timeout()));
    map.put("triggerTimeout", limit(Policy.DEFAULT.triggerTimeout()));
    map.put("retry", retry(Policy.DEFAULT.retry()));
    return map;
  }

  private static Map<String, Object> track(Track track) {
    Map<String, Object> map = new TreeMap<>();
    putIfPresent(map, "description", track.description());
    putUnless(track.id(), map, "handler", track.handler());
    putUnless(track.handler(), map, "circuit", track.circuit());
    if (!track.dependencies().isEmpty()) {
      map.put("dependsOn", track.dependencies().stream().map(CanonicalJson::dependency).toList());
    }
    Policy policy = track.policy();
    Policy standard = Policy.DEFAULT;
    if (!Objects.equals(policy.timeout(), standard.timeout())) {
      map.put("timeout", limit(policy.timeout()));
    }
    if (!Objects.equals(policy.triggerTimeout(), standard.triggerTimeout())) {
      map.put("triggerTimeout", limit(policy.triggerTimeout()));
    }
    if (!policy.retry().equals(standard.retry())) {
      map.put("retry", retry(policy.retry()));
    }
    putIfPresent(map, "maxConcurrent", policy.maxConcurrent());
    putIfPresent(map, "rate", policy.rate() == null ? null : policy.rate().toString());
    if (!policy.onFailure().equals(standard.onFailure())) {
      map.put("onFailure", onFailure(policy.onFailure()));
    }
    putIfPresent(map, "when", policy.when());
    return map;
  }

  private static Object dependency(Dependency dependency) {
    if (dependency.on() == On.COMPLETED) {
      return dependency.track();
    }
    return new TreeMap<>(Map.of("track", dependency.track(), "on", dependency.on().word()));
  }

  private static Object onFailure(OnFailure onFailure) {
    return onFailure.action() == OnFailure.Action.FALLBACK
        ? Map.of("fallback", onFailure.fallback())
        : onFailure.action().word();
  }

  private static Map<String, Object> retry(Retry retry) {
    return new TreeMap<>(
        Map.of(
            "maxAttempts", retry.maxAttempts(),
            "backoff", retry.backoff().toString(),
            "multiplier", number(retry.multiplier()),
            "maxBackoff", retry.maxBackoff().toString(),
            "jitter", number(retry.jitter()),
            "notOn", retry.notOn()));
  }

  /** 2 and 2.0 are one number. */
  private static Number number(double value) {
    return value == Math.rint(value) ? (Number) (long) value : BigDecimal.valueOf(value);
  }

  private static String limit(Duration duration) {
    return duration == null ? Durations.NONE_WORD : duration.toString();
  }

  private static void putIfPresent(Map<String, Object> map, String key, Object value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  private static void putUnless(
      Object standard, Map<String, Object> map, String key, Object value) {
    if (!value.equals(standard)) {
      map.put(key, value);
    }
  }
}
