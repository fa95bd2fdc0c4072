package org.trackcoordinator.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * How long a test waits for what it does not say a time for. A machine that does other work, too,
 * may take longer than the ten seconds of Awaitility; but what only the coordinator's safety net
 * finds, after 30 s, must still not be taken for what was told. JUnit finds this by itself, in
 * {@code META-INF/services}.
 */
public final class Patience implements BeforeAllCallback {

  static final Duration PATIENCE = Duration.ofSeconds(25);

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(PATIENCE);
  }
}
