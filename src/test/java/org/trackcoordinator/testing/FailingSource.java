package org.trackcoordinator.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** Fails for threads of some names, when it is told to, and does what it is asked otherwise. */
public final class FailingSource extends DelegatingDataSource {

  /** Throws what it is to fail with. */
  public interface Failure {
    void fail() throws SQLException;
  }

  private final List<String> threads;
  private volatile Failure failure = () -> {};

  /**
   * @param threads parts of the names of those that it fails for
   */
  public FailingSource(DataSource source, String... threads) {
    super(source);
    this.threads = List.of(threads);
  }

  public void failWith(Failure given) {
    failure = given;
  }

  public void failNoMore() {
    failure = () -> {};
  }

  @Override
  public Connection getConnection() throws SQLException {
    String thread = Thread.currentThread().getName();
    if (threads.stream().anyMatch(thread::contains)) {
      failure.fail();
    }
    return super.getConnection();
  }
}
