package org.trackcoordinator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.testing.LossyNetwork;

/** Nobody waits for ever for a server that no longer answers, nor a server for us. */
@Tag("track-coordination")
class ConnectionLimitsIT {

  @Test
  void theServerEndsWhatIsOursBeforeTheSocketDoes() throws Exception {
    try (HikariDataSource pool = at(SharedPostgres.newDatabaseUrl()).pool(new Contact());
        Connection connection = pool.getConnection()) {
      assertThat(Query.value(pool, "show lock_timeout")).isEqualTo("5s");
      assertThat(Query.value(pool, "show idle_in_transaction_session_timeout")).isEqualTo("10s");
      assertThat(Query.value(pool, "show statement_timeout")).isEqualTo("50s");
      assertThat(connection.getNetworkTimeout()).isEqualTo(60_000);
    }
  }

  @Test
  void aQuestionWhoseAnswerIsLostIsGivenUp() throws Exception {
    String url = SharedPostgres.newDatabaseUrl();
    int port = Integer.parseInt(url.replaceFirst(".*:(\\d+)/.*", "$1"));
    try (LossyNetwork network = new LossyNetwork(port);
        Connection connection =
            at(url.replace(":" + port, ":" + network.port())).contact().getConnection()) {
      assertThat(connection.getNetworkTimeout())
          .isBetween(1, (int) Duration.ofSeconds(5).toMillis());
      network.lose();
      assertThatThrownBy(() -> connection.createStatement().execute("select 1"))
          .isInstanceOf(SQLException.class);
    }
  }

  private static DataSources at(String url) {
    return new DataSources(url, Optional.empty(), Optional.empty());
  }
}
