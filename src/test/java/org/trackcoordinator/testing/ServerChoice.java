package org.trackcoordinator.testing;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.trackcoordinator.database.SharedPostgres;

/**
 * Before any test asks the test kit for a server, {@link SharedPostgres} has said which it is.
 * JUnit finds this by itself, in {@code META-INF/services}.
 */
public final class ServerChoice implements BeforeAllCallback {

  @Override
  public void beforeAll(ExtensionContext context) {
    SharedPostgres.choose();
  }
}
