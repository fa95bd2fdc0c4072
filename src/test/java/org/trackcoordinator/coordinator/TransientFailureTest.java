package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.stream.Stream;
import org.apache.camel.CamelExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;

/** What may go well a little later, and what never will. */
@Tag("track-coordination")
class TransientFailureTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08000", "08001", "08003", "08006", "40001", "40P01", "53100", "53300", "55P03", "57P01",
        "57P02", "57P03", "58030", "25006", "25P03"
      })
  void theDatabaseIsAtFault(String state) {
    assertThat(TransientFailure.isTransient(wrapped(new SQLException("refused", state)))).isTrue();
  }

  /** 54000: too large for ever, though Spring counts it among the resources. */
  @ParameterizedTest
  @ValueSource(
      strings = {"22P02", "22P05", "23505", "23514", "25P02", "42P01", "54000", "57014", "P0001"})
  void theEventIsAtFault(String state) {
    assertThat(TransientFailure.isTransient(wrapped(new SQLException("refused", state)))).isFalse();
  }

  @ParameterizedTest
  @MethodSource
  void withoutAStateTheConnectionTells(Throwable failure) {
    assertThat(TransientFailure.isTransient(failure)).isTrue();
  }

  static Stream<Throwable> withoutAStateTheConnectionTells() {
    SQLException closed = new SQLException("Connection is closed");
    SQLException noneToGive =
        new SQLTransientConnectionException("track-coordinator - Connection is not available");
    return Stream.of(
        closed,
        new TransactionSystemException("JDBC rollback failed", closed),
        new TransactionSystemException("JDBC commit failed", new SQLException("gone", "08006")),
        new CannotGetJdbcConnectionException("Failed to obtain JDBC Connection", noneToGive),
        new CannotCreateTransactionException("Could not open JDBC Connection", noneToGive),
        new SQLException("An I/O error occurred", new EOFException()));
  }

  @ParameterizedTest
  @MethodSource
  void anythingElseIsNot(Throwable failure) {
    assertThat(TransientFailure.isTransient(failure)).isFalse();
  }

  static Stream<Throwable> anythingElseIsNot() {
    return Stream.of(
        new IllegalStateException("Connection is closed"),
        new SQLException("no state at all"),
        new EOFException("of a file that a track reads"));
  }

  private static Throwable wrapped(SQLException failure) {
    return new CamelExecutionException(
        "failed", null, new DataAccessResourceFailureException("translated", failure));
  }
}
