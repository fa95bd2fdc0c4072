package org.trackcoordinator.database;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("processing-logs")
class ServerVersionTest {

  @Test
  void refusesWhatIsTooOldWithBothNumbers() {
    assertThatThrownBy(() -> new ServerVersion(140011, "14.11").requireSupported("db:5432/books"))
        .isInstanceOf(DatabaseException.class)
        .hasMessage("The database db:5432/books is PostgreSQL 14.11; 15 or newer is needed");
  }

  @Test
  void takesFifteenAndLater() {
    assertThatCode(() -> new ServerVersion(150000, "15.0").requireSupported("db"))
        .doesNotThrowAnyException();
    assertThatCode(() -> new ServerVersion(180006, "18.6").requireSupported("db"))
        .doesNotThrowAnyException();
  }
}
