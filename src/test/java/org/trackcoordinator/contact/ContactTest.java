package org.trackcoordinator.contact;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a process says and knows of a database that goes away and comes back. */
@Tag("track-coordination")
class ContactTest {

  private final List<String> lines = new ArrayList<>();
  private long nanos = Duration.ofHours(1).toNanos();
  private final Contact contact = new Contact(() -> nanos, lines::add, lines::add);

  @Test
  void anOutageIsSaidWhenItBeginsEveryHalfMinuteAndWhenItEnds() {
    for (int second = 0; second < 65; second++) {
      contact.silent(nanos, "Connection refused");
      pass(Duration.ofSeconds(1));
    }
    contact.answered(Optional.empty());
    assertThat(lines)
        .containsExactly(
            "The database is away: Connection refused. Work waits for it and goes on by itself",
            "The database is still away after 30.0 s: Connection refused",
            "The database is still away after 60.0 s: Connection refused",
            "The database is back after 65.0 s");
    assertThat(contact.absence()).isEmpty();
  }

  @Test
  void howLongItIsThereCountsFromTheBeginningAndFromEachReturn() {
    Duration three = Duration.ofSeconds(3);
    assertThat(contact.isThereFor(three)).isFalse();
    pass(three);
    assertThat(contact.isThereFor(three)).isTrue();
    contact.silent(nanos, "Connection refused");
    pass(three);
    assertThat(contact.isThereFor(three)).as("while it is away").isFalse();
    contact.answered(Optional.empty());
    assertThat(contact.isThereFor(three)).as("just back").isFalse();
    pass(three);
    assertThat(contact.isThereFor(three)).isTrue();
  }

  @Test
  void aDatabaseThatComesAndGoesEachSecondIsSaidOnceInTenSeconds() {
    for (int second = 0; second < 30; second++) {
      contact.silent(nanos, "Connection refused");
      contact.answered(Optional.empty());
      pass(Duration.ofSeconds(1));
    }
    assertThat(lines).filteredOn(line -> line.startsWith("The database is away")).hasSize(3);
    assertThat(lines).hasSize(6);
  }

  @Test
  void lostConnectionsAreSaidOnceInHalfAMinuteWhileTheDatabaseAnswers() {
    for (int second = 0; second < 45; second++) {
      contact.answered(Optional.of(new SQLException("ended by the administrator\nhint", "57P01")));
      pass(Duration.ofSeconds(1));
    }
    assertThat(lines)
        .hasSize(2)
        .allMatch(line -> line.endsWith("the database answers: ended by the administrator"));
    assertThat(contact.absence()).isEmpty();
  }

  @Test
  void whatIsHeardMeanwhileWeighsMoreThanAQuestionInVain() {
    long asked = nanos;
    pass(Duration.ofMillis(1));
    contact.heard();
    contact.silent(asked, "too many clients");
    assertThat(contact.absence()).isEmpty();
    assertThat(lines).isEmpty();
  }

  @Test
  void theLatestCauseAndTheFirstTimeAreKept() {
    contact.silent(nanos, "Connection refused");
    Absence first = contact.absence().orElseThrow();
    contact.silent(nanos, "the database system is starting up");
    assertThat(contact.absence())
        .contains(new Absence(first.since(), "the database system is starting up"));
  }

  @Test
  void whoeverWantsToKnowIsToldOfTheReturnOnlyBeforeTheOthersGoOn() {
    AtomicInteger told = new AtomicInteger();
    contact.atReturn(
        () -> {
          assertThat(contact.absence()).isPresent();
          told.incrementAndGet();
        });
    contact.answered(Optional.empty());
    assertThat(told).hasValue(0);
    contact.silent(nanos, "Connection refused");
    contact.answered(Optional.empty());
    assertThat(told).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"08001", "08006", "57P01", "57P03", "53300", "25006", "58030"})
  void anAbsenceWouldCauseThis(String state) {
    assertThat(Suspicion.in(new IllegalStateException(new SQLException("refused", state))))
        .isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"40P01", "40001", "55P03", "57014", "23505", "42501"})
  void aDatabaseThatIsThereSaysThis(String state) {
    assertThat(Suspicion.in(new IllegalStateException(new SQLException("refused", state))))
        .isEmpty();
  }

  @Test
  void expectedSilenceIsNoReasonToAskUntilItIsOver() throws Exception {
    Duration quiet = Duration.ofSeconds(5);
    List<Duration> asked = new ArrayList<>();
    contact.expectSilence(
        () -> {
          asked.add(quiet);
          return asked.size() < 3 ? Duration.ofSeconds(32) : Duration.ZERO; // something moved
        });
    pass(Duration.ofSeconds(6));
    assertThat(contact.awaitReason(quiet, quiet)).isEmpty();
    assertThat(asked).hasSize(3);
  }

  @Test
  void theShortestExpectationCountsAndExpectedSilenceEnds() throws Exception {
    contact.expectSilence(() -> Duration.ofHours(1));
    contact.expectSilence(() -> Duration.ofSeconds(32));
    pass(Duration.ofSeconds(32));
    assertThat(contact.awaitReason(Duration.ofSeconds(5), Duration.ofSeconds(5))).isEmpty();
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }
}
