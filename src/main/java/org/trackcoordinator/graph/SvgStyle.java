package org.trackcoordinator.graph;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The one style sheet of all pictures. */
final class SvgStyle {

  static final String CSS = read("/graph/track-graph.css");

  /** The style sheet as a source of styles of a Content-Security-Policy. */
  static final String CSP_SOURCE = "'sha256-" + sha256(CSS) + "'";

  private SvgStyle() {}

  private static String read(String resource) {
    try (InputStream in = SvgStyle.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha256(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
