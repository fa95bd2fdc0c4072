package org.trackcoordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.trackcoordinator.contact.Contact;

/** Metrics are answered whatever the database does. */
@Tag("track-coordination")
class FiguresTest {

  private interface Connecting {
    Connection connect() throws Exception;
  }

  private final Metrics metrics = new Metrics();

  @Test
  void aDatabaseThatDoesNotAnswerHoldsNoAnswerUpForLong() {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    DataSource silent =
        source(
            () -> {
              asked.incrementAndGet();
              never.await();
              return null;
            });
    try (Figures figures = figures(silent, Duration.ZERO)) {
      long begun = System.nanoTime();
      IntStream.range(0, 8).parallel().forEach(i -> metrics.scrape());
      for (int i = 0; i < 8; i++) {
        assertThat(new Scrape(metrics.scrape()).value("tracks_database_up")).isEqualTo(1);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .as("16 readers, none of whom waits for another")
          .isLessThan(Duration.ofSeconds(4));
      assertThat(asked).as("questions while the first is not answered").hasValue(1);
      assertThat(new Scrape(metrics.scrape()).value("tracks_figures_age_seconds"))
          .as("what tells that they are missing")
          .isGreaterThan(0.9);
    }
  }

  @Test
  void theDatabaseIsAskedSeldomEvenIfItRefuses() {
    AtomicInteger asked = new AtomicInteger();
    DataSource refusing =
        source(
            () -> {
              asked.incrementAndGet();
              throw new SQLException("no");
            });
    try (Figures figures = figures(refusing, Duration.ofMinutes(1))) {
      for (int i = 0; i < 5; i++) {
        metrics.scrape();
      }
      assertThat(asked).hasValue(1);
    }
  }

  @Test
  void whatWasCountedInATransactionThatRolledBackDoesNotCount() {
    for (boolean commits : new boolean[] {false, true}) {
      TransactionSynchronizationManager.initSynchronization();
      try {
        AfterCommit.run(() -> metrics.triggered("drive", 2, true));
        for (var each : TransactionSynchronizationManager.getSynchronizations()) {
          if (commits) {
            each.afterCommit();
          }
          each.afterCompletion(
              commits
                  ? TransactionSynchronization.STATUS_COMMITTED
                  : TransactionSynchronization.STATUS_ROLLED_BACK);
        }
      } finally {
        TransactionSynchronizationManager.clearSynchronization();
      }
      assertThat(new Scrape(metrics.scrape()).names().contains("tracks_hops_total"))
          .isEqualTo(commits);
    }
  }

  @Test
  void namesThatNeverEndAreCountedTogether() {
    for (int i = 0; i < 5_000; i++) {
      metrics.triggered("handler-" + i, 1, true);
    }
    Scrape scrape = new Scrape(metrics.scrape());
    assertThat(scrape.values("tracks_hops_total", "handler")).hasSizeLessThanOrEqualTo(1_001);
    assertThat(scrape.value("tracks_hops_total")).isEqualTo(5_000);
    assertThat(scrape.value("tracks_hops_total", "handler", Metrics.OTHERS)).isEqualTo(4_000);
  }

  private Figures figures(DataSource source, Duration leastAge) {
    return new Figures(metrics, source, new Contact(), leastAge, Duration.ofMinutes(1));
  }

  private static DataSource source(Connecting connecting) {
    return (DataSource)
        Proxy.newProxyInstance(
            FiguresTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) ->
                method.getName().equals("getConnection") ? connecting.connect() : null);
  }
}
