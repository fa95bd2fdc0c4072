package org.trackcoordinator.condition;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NoSuchBeanException;
import org.apache.camel.Predicate;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.LRUCacheFactory;
import org.trackcoordinator.workflow.Condition;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Problem;

/**
 * Checks and evaluates the conditions of tracks. A text that begins with {@code $.} or {@code $[}
 * is JSONPath, any other is Camel Simple.
 *
 * <p>The expression is the workflow author's, its input is anybody's: no part of an input is ever
 * read as an expression. Therefore functions within functions are refused, since Camel writes the
 * result of the inner one into the text of the outer one, and JSONPath gets no Simple.
 *
 * <p>Numbers are compared as they are, not as Camel would (1000.50 is more than 1000): see {@link
 * ExactNumbers}.
 */
public final class Conditions {

  private static final int MOST_COMPILED = 1000;

  private final CamelContext surroundings;
  private final Map<String, Predicate> compiled = LRUCacheFactory.newLRUCache(MOST_COMPILED);
  private CamelContext camel;

  /** To check conditions where no coordinator runs. */
  public Conditions() {
    this(null);
  }

  /**
   * @param surroundings whose beans and properties conditions may use; null: there are none
   */
  public Conditions(CamelContext surroundings) {
    this.surroundings = surroundings;
  }

  /**
   * What is wrong with a condition, in one line; empty if it can be evaluated. Beans that it names
   * are not looked for.
   */
  public Optional<String> mistake(String when) {
    String text = when.strip();
    Optional<String> mistake = Syntax.mistake(text);
    if (mistake.isPresent()) {
      return mistake;
    }
    try {
      compile(text);
      return Optional.empty();
    } catch (RuntimeException e) {
      Throwable cause = rootCause(e);
      return cause instanceof NoSuchBeanException
          ? Optional.empty()
          : Optional.of(Syntax.language(text) + " refuses it: " + firstLine(cause));
    }
  }

  /** The same for all conditions of a definition, where its file writes them. */
  public List<Problem> mistakes(Definition definition) {
    return Condition.of(definition).stream()
        .flatMap(condition -> mistake(condition.when()).map(condition::problem).stream())
        .toList();
  }

  /**
   * Whether it is true of an input.
   *
   * @param input a JSON object, as text
   * @param headers as a track has them: {@code trackId}, {@code trackCorrelationId}, …
   * @throws RuntimeException what kept it from being evaluated
   */
  public boolean isTrue(String when, String input, Map<String, Object> headers) {
    Predicate predicate = compiled.computeIfAbsent(when.strip(), this::checked);
    Exchange exchange = new DefaultExchange(camel());
    exchange.getMessage().setHeaders(new HashMap<>(headers));
    exchange.getMessage().setBody(Inputs.read(input));
    boolean isTrue = predicate.matches(exchange);
    // what a bean throws Camel keeps, and takes no answer for false
    if (exchange.getException() != null) {
      throw RuntimeCamelException.wrapRuntimeCamelException(exchange.getException());
    }
    return isTrue;
  }

  /** One that was stored by another version may be what this one refuses. */
  private Predicate checked(String text) {
    Optional<String> mistake = Syntax.mistake(text);
    if (mistake.isPresent()) {
      throw new IllegalArgumentException(mistake.get());
    }
    return compile(text);
  }

  private Predicate compile(String text) {
    Predicate predicate = Syntax.isJsonPath(text) ? JsonPaths.compile(text, camel()) : simple(text);
    predicate.init(camel());
    return predicate;
  }

  private Predicate simple(String text) {
    return camel().resolveLanguage("simple").createPredicate(text);
  }

  /** Made only where there is a condition. */
  private synchronized CamelContext camel() {
    if (camel == null) {
      camel = Surroundings.of(surroundings);
    }
    return camel;
  }

  private static Throwable rootCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static String firstLine(Throwable failure) {
    String message = failure.getMessage();
    return message == null
        ? failure.getClass().getName()
        : message.lines().findFirst().orElse("").strip();
  }
}
