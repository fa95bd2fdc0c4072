package org.trackcoordinator.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.trackcoordinator.testing.BareCamel;
import org.trackcoordinator.workflow.Problem;
import org.trackcoordinator.workflow.WorkflowFiles;

/** What conditions say of inputs, and which are refused. */
@Tag("track-coordination")
class ConditionsTest {

  private static final CamelContext SURROUNDINGS = BareCamel.exchange().getContext();
  private static final Probe PROBE = new Probe();
  private static final Conditions CONDITIONS = surrounded();

  private static Conditions surrounded() {
    SURROUNDINGS.getRegistry().bind("probe", PROBE);
    return new Conditions(SURROUNDINGS);
  }

  /** A bean that an input could try to reach. */
  public static final class Probe {
    private final AtomicInteger calls = new AtomicInteger();

    public boolean breaks() {
      throw new IllegalStateException("broken");
    }

    public boolean isLarge(Map<String, Object> body) {
      calls.incrementAndGet();
      return ((Number) body.get("total")).intValue() > 1000;
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "${body[total]} > 1000   ; {`total`: 1000.50}  ; true",
        "${body[total]} > 1000   ; {`total`: 1000}     ; false",
        "${body[total]} > 1000   ; {`total`: 1000.00}  ; false",
        "${body[total]} >= 1000  ; {`total`: 1000.00}  ; true",
        "${body[total]} > 1000   ; {`total`: 999.99}   ; false",
        "${body[total]} > 1000   ; {`total`: 3000000000} ; true",
        "${body[total]} > 1000   ; {`total`: 1e30}     ; true",
        "${body[total]} > 1000   ; {`total`: `2000`}   ; true",
        "${body[total]} > 1000   ; {`total`: `1000.50`} ; true",
        "${body[total]} > 1000   ; {}                  ; false",
        "${body[total]} > 1000   ; {`total`: null}     ; false",
        "${body[total]} < 1000   ; {`total`: 999.99}   ; true",
        "${body[total]} < 1000   ; {`total`: 1000.01}  ; false",
        "${body[total]} <= 1000  ; {`total`: 1000.01}  ; false",
        "${body[total]} == 1000  ; {`total`: 1000.50}  ; false",
        "${body[total]} == 1000  ; {`total`: 1000.0}   ; true",
        "${body[total]} != 1000  ; {`total`: 1000.50}  ; true",
        "${body[total]} == 1.1   ; {`total`: 1.10}     ; true",
        "${body[total]} > 1000.25 ; {`total`: 1000.5}  ; true",
        "${body[total]} > 1000.5 ; {`total`: 1000.50}  ; false",
        "${body[a]} > ${body[b]} ; {`a`: 10.9, `b`: 10.1} ; true",
        "${body[a]} > ${body[b]} ; {`a`: 10.1, `b`: 10.9} ; false",
        "${body[a]} > ${body[b]} ; {`a`: 10, `b`: 9.5} ; true",
        "${body[a]} > ${body[b]} ; {`a`: 10, `b`: 10.5} ; false",
        "${body[a]} == ${body[b]} ; {`a`: 10, `b`: 10.5} ; false",
        "${body[a]} == ${body[b]} ; {`a`: 1.10, `b`: 1.1} ; true",
        "${body[a]} > ${body[b]} ; {`a`: 12345678901234567890.02, `b`: 12345678901234567890.01} ; true",
        "${body[a]} > ${body[b]} ; {`a`: 12345678901234567890.01, `b`: 12345678901234567890.02} ; false",
        "${body[kind]} == 'invoice' ; {`kind`: `invoice`} ; true",
        "${body[kind]} == 'invoice' && ${body[total]} > 5 ; {`kind`: `invoice`, `total`: 5.01} ; true",
        "${body[kind]} == 'invoice' && ${body[total]} > 5 ; {`kind`: `invoice`, `total`: 4.99} ; false",
        "${body[kind]} == 'a' || ${body[total]} > 5 ; {`kind`: `b`, `total`: 6} ; true",
        "${body[b][total]} > 5   ; {`b`: {`total`: 5.5}, `c`: {}} ; true",
        "${body?[b]?[total]} > 5 ; {`c`: {}}           ; false",
        "${body[paid]}           ; {`paid`: true}      ; true",
        "${body[paid]}           ; {`paid`: false}     ; false",
        "${body[paid]}           ; {}                  ; false",
        "${header.trackUserId} == 'u-7' ; {}           ; true",
        "${bean:probe.isLarge}   ; {`total`: 1001}     ; true",
        "true                    ; {}                  ; true",
        "false                   ; {}                  ; false",
        "$.paid                  ; {`paid`: true}      ; true",
        "$.paid                  ; {`paid`: false}     ; false",
        "$.paid                  ; {`paid`: null}      ; false",
        "$.paid                  ; {}                  ; false",
        "$.a.b.c                 ; {`a`: 1}            ; false",
        "$.lines                 ; {`lines`: []}       ; false",
        "$[?(@.total > 1000)]    ; {`total`: 1000.50}  ; true",
        "$[?(@.total > 1000)]    ; {`total`: 1000}     ; false",
        "$[?(@.total > 1000)]    ; {}                  ; false",
        "$.lines[?(@.amount > 10.5)] ; {`lines`: [{`amount`: 1}, {`amount`: 10.51}]} ; true",
        "$.lines[?(@.amount > 10.5)] ; {`lines`: [{`amount`: 1}, {`amount`: 10.50}]} ; false",
        "$['b']['ok']            ; {`b`: {`ok`: true}} ; true",
        "'  $.paid  '            ; {`paid`: true}      ; true"
      })
  void isTrueOfAnInput(String when, String input, boolean expected) {
    String condition = when.startsWith("'  ") ? when.substring(1, when.length() - 1) : when;
    assertThat(CONDITIONS.mistake(condition)).isEmpty();
    assertThat(CONDITIONS.isTrue(condition, input.replace('`', '"'), Map.of("trackUserId", "u-7")))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "${bdoy[total]} > 1000          | Unknown function: bdoy[total]",
        "${body[total] > 1000           | Camel Simple refuses it: ",
        "${body[total]} > 1000 &&       | Camel Simple refuses it: ",
        "${body[total]} >               | Camel Simple refuses it: ",
        "${body[total]}>1000            | Camel Simple refuses it: ",
        "${body[total]} 1000            | Camel Simple refuses it: ",
        "total > 1000                   | asks nothing of the input",
        "yes                            | asks nothing of the input",
        "${body[${body[key]}]}          | a function within a function",
        "${bean:probe?method=is(${body[name]})} | a function within a function",
        "$simple{body[${body[key]}]}    | a function within a function",
        "$.lines[?(@.amount >           | JSONPath refuses it: ",
        "$[?(@.total > ${body[limit]})] | JSONPath refuses it: "
      })
  void refusesWhatDoesNotParse(String when, String message) {
    assertThat(new Conditions().mistake(when).orElseThrow())
        .contains(message)
        .doesNotContain("\n")
        .hasSizeLessThan(300);
    assertThatThrownBy(() -> CONDITIONS.isTrue(when, "{}", Map.of()))
        .isInstanceOf(RuntimeException.class);
  }

  @Test
  void doesNotLookForBeansBeforeItRuns() {
    assertThat(new Conditions().mistake("${bean:limits.isLarge}")).isEmpty();
    assertThatThrownBy(() -> CONDITIONS.isTrue("${bean:limits.isLarge}", "{}", Map.of()))
        .hasStackTraceContaining("limits");
  }

  @Test
  void namesTheLineOfEachMistakeOfAFile() {
    List<Problem> mistakes =
        new Conditions()
            .mistakes(
                WorkflowFiles.parse(
                    "w.yaml",
                    """
                    workflow: w
                    tracks:
                      z: { when: nothing }
                      b: { dependsOn: z, when: "$.ok" }
                      a.b-c:
                        dependsOn: [z]
                        when: ${bdoy}
                    """));
    assertThat(mistakes)
        .extracting(Problem::toString)
        .satisfiesExactly(
            first -> assertThat(first).startsWith("w.yaml:3:8: tracks.z.when: asks nothing"),
            second ->
                assertThat(second)
                    .startsWith("w.yaml:7:5: tracks.a.b-c.when: Camel Simple refuses it: Unknown"));
  }

  @Test
  void anInputThatCannotBeReadIsAnError() {
    String deep = "{\"a\":" + "[".repeat(2000) + "]".repeat(2000) + "}";
    assertThatThrownBy(() -> CONDITIONS.isTrue("${body[a]}", deep, Map.of()))
        .hasMessageStartingWith("its input can't be read: ");
  }

  static Stream<String> hostile() {
    return Stream.of(
        "${bean:probe.isLarge}",
        "${bean:probe}",
        "$simple{bean:probe.isLarge}",
        "{{sys:user.home}}",
        "{{probe}}",
        "${body}",
        "${sys.user.home}",
        "x' || ${bean:probe.isLarge} || 'x",
        "' == '' || 'a' == 'a",
        "$.total",
        "$[?(@.total > 0)]",
        "$..*",
        "#{probe}",
        "resource:classpath:application.properties",
        "$init{ $a := ${bean:probe} }init$",
        "]} || ${bean:probe.isLarge} || ${body[");
  }

  /** Each stays the text that it is, in values and in keys. */
  @ParameterizedTest
  @MethodSource("hostile")
  void noPartOfAnInputIsReadAsAnExpression(String hostile) throws Exception {
    int before = PROBE.calls.get();
    JsonMapper json = new JsonMapper();
    String value = json.writeValueAsString(Map.of("name", hostile, "total", 5000, "other", "y"));
    String key = json.writeValueAsString(Map.of(hostile, 1, "name", "x", "total", 5000));
    for (String input : List.of(value, key)) {
      boolean isValue = input.equals(value);
      assertThat(is("${body[name]} == 'x'", input)).isEqualTo(!isValue);
      assertThat(is("${body[name]} == ${body[other]}", input)).isFalse();
      assertThat(is("'${body[name]}' == 'x'", input)).isEqualTo(!isValue);
      assertThat(is("${body[name]}", input)).as("a text is there").isTrue();
      assertThat(is("${body[name]} contains 'bean-' ", input)).isFalse();
      assertThat(is("${body[name]} regex 'x'", input)).isEqualTo(!isValue);
      assertThat(is("${body[name]} in 'x,z'", input)).isEqualTo(!isValue);
      assertThat(is("${body.get('name')} == 'x'", input)).isEqualTo(!isValue);
      assertThat(is("$[?(@.name == 'x')]", input)).isEqualTo(!isValue);
      assertThat(is("$[?(@.name == @.other)]", input)).isFalse();
      assertThat(is("$.name", input)).isTrue();
      assertThat(is("$.nothing", input)).isFalse();
    }
    assertThat(is("$[?(@.name == $.copy)]", copied(hostile))).as("itself").isTrue();
    assertThat(is("${body[name]} == ${body[copy]}", copied(hostile))).as("itself").isTrue();
    assertThat(PROBE.calls.get()).as("calls of the bean").isEqualTo(before);
  }

  private static String copied(String text) throws Exception {
    return new JsonMapper().writeValueAsString(Map.of("name", text, "copy", text));
  }

  private static boolean is(String when, String input) {
    return CONDITIONS.isTrue(when, input, Map.of("trackId", "a"));
  }

  @Test
  void anErrorOfAnExpressionIsThrown() {
    assertThatThrownBy(() -> CONDITIONS.isTrue("${body[name][x][y]} > 5", "{}", Map.of()))
        .isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> CONDITIONS.isTrue("${body[name].no()}", "{\"name\": \"x\"}", Map.of()))
        .isInstanceOf(RuntimeException.class);
    for (String when : List.of("${bean:probe.breaks}", "${bean:probe.breaks} != 1")) {
      assertThatThrownBy(() -> CONDITIONS.isTrue(when, "{}", Map.of()))
          .as(when)
          .hasStackTraceContaining("broken");
    }
  }

  /** Camel would write the input's text into the path. */
  @Test
  void aPathTakesNoSimpleExpression() throws Exception {
    String when = "$[?(@.name == '${body[other]}')]";
    assertThat(is(when, "{\"name\": \"y\", \"other\": \"y\"}")).isFalse();
    assertThat(is(when, "{\"name\": \"y\", \"other\": \"' || 1 == 1 || '\"}")).isFalse();
    assertThat(is(when, new JsonMapper().writeValueAsString(Map.of("name", "${body[other]}"))))
        .as("the text itself")
        .isTrue();
  }
}
