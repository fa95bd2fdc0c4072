package org.trackcoordinator.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.apache.camel.Message;

/**
 * Stands in for whatever performs the tracks of a handler, through {@code kamelet:track-source} as
 * a real worker would. It completes with {@code {}} unless it is told otherwise:
 *
 * <pre>{@code tracks.mock("drive").fails(new IOException("full"), 2).returns("{\"stored\": 1}");}
 * </pre>
 *
 * <p>What it is told is taken in order, each for one attempt or for as many as it says; what comes
 * last without a number holds for all attempts that follow.
 */
public final class HandlerMock {

  /** What an attempt ends with. */
  @FunctionalInterface
  public interface Answer {

    /**
     * Completes the attempt with a JSON object, or fails it.
     *
     * @param input JSON text
     * @throws Exception what the attempt fails with
     */
    String to(String input) throws Exception;
  }

  /** Uses that are left; 0: one if another answer follows, else all. */
  private static final class Step {
    private final Answer answer;
    private int times;

    Step(Answer answer, int times) {
      this.answer = answer;
      this.times = times;
    }
  }

  /**
   * What came in.
   *
   * @param run the correlation id
   * @param track the track that was performed
   * @param number of the attempt, from 1
   * @param input what it worked on, as JSON text
   * @param userId whom the run is for, or null
   * @param idempotencyKey the same for all attempts of this activation
   */
  public record Attempt(
      UUID run, String track, int number, String input, String userId, String idempotencyKey) {}

  private final String handler;
  private final Deque<Step> steps = new ArrayDeque<>();
  private final List<Attempt> captured = new ArrayList<>();

  HandlerMock(String handler) {
    this.handler = handler;
  }

  /**
   * Completes with this.
   *
   * @param payload a JSON object
   * @throws IllegalArgumentException if it is none
   */
  public HandlerMock returns(String payload) {
    String checked = JsonText.object("what the mock of " + handler + " returns", payload);
    return then(input -> checked, 0);
  }

  /** Completes with what is made of the input, or fails with what is thrown meanwhile. */
  public HandlerMock answers(Answer answer) {
    return then(answer, 0);
  }

  /** Fails with this; whether the track is tried again is said by its workflow file. */
  public HandlerMock fails(Exception failure) {
    return then(failing(failure), 0);
  }

  /**
   * Fails with this so many times.
   *
   * @throws IllegalArgumentException if that is less than once
   */
  public HandlerMock fails(Exception failure, int times) {
    if (times < 1) {
      throw new IllegalArgumentException(
          "the mock of %s cannot fail %d times".formatted(handler, times));
    }
    return then(failing(failure), times);
  }

  /** All attempts so far, in the order in which they came in. */
  public synchronized List<Attempt> captured() {
    return List.copyOf(captured);
  }

  /** Performs one attempt. */
  void perform(Message message) throws Exception {
    String input = message.getBody(String.class);
    message.setBody(
        next(new Attempt(
                UUID.fromString(message.getHeader("trackCorrelationId", String.class)),
                message.getHeader("trackId", String.class),
                message.getHeader("trackAttempt", Integer.class),
                input,
                message.getHeader("trackUserId", String.class),
                message.getHeader("trackIdempotencyKey", String.class)))
            .to(input));
  }

  private synchronized HandlerMock then(Answer answer, int times) {
    steps.add(new Step(answer, times));
    return this;
  }

  private synchronized Answer next(Attempt attempt) {
    captured.add(attempt);
    Step step = steps.peek();
    if (step == null) {
      return input -> "{}";
    }
    boolean usedUp = step.times > 0 ? --step.times == 0 : steps.size() > 1;
    if (usedUp) {
      steps.remove();
    }
    return step.answer;
  }

  private static Answer failing(Exception failure) {
    return input -> {
      throw failure;
    };
  }
}
